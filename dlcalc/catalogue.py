"""What topics there are: found by walking ``topics/``, imported only when one is used."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from dlcalc.notation.errors import InputError, nearest
from dlcalc.topic import Topic

_ROOT = Path(__file__).parent / "topics"
_DOCSTRING = re.compile(r'\A\s*"""(.*?)"""', re.DOTALL)
_ORDER = re.compile(r"^ORDER = (\d+)$", re.MULTILINE)


class Entry:
    """A topic by name, with what its file says about it."""

    __slots__ = ("chapter", "module", "name", "order", "path", "summary", "title")

    def __init__(self, path: Path, chapter: str, order: int) -> None:
        self.path = path
        self.name = path.stem.replace("_", "-")
        self.module = f"dlcalc.topics.{path.parent.name}.{path.stem}"
        self.chapter = chapter
        self.order = order
        self.title, self.summary = _docstring(path)


def _docstring(path: Path) -> tuple[str, str]:
    """First line and the rest of a module's docstring, read without importing it."""
    with path.open(encoding="utf-8") as file:
        head = file.read(3000)
    match = _DOCSTRING.match(head)
    if match is None:
        raise RuntimeError(f"{path}:1: a topic begins with a docstring: its title, a blank line, a summary")
    title, _, rest = match.group(1).strip().partition("\n")
    return title.strip().rstrip("."), rest.strip()


@cache
def entries() -> dict[str, Entry]:
    """All topics by name, in the order of their chapters."""
    found: list[Entry] = []
    for folder in _ROOT.iterdir():
        start = folder / "__init__.py"
        if not start.is_file():
            continue
        chapter, _ = _docstring(start)
        order = _ORDER.search(start.read_text(encoding="utf-8"))
        number = int(order.group(1)) if order else 99
        for path in folder.glob("*.py"):
            if path.name != "__init__.py":
                found.append(Entry(path, chapter, number))
    found.sort(key=lambda entry: (entry.order, entry.chapter, entry.name))
    return {entry.name: entry for entry in found}


def chapters() -> Iterator[tuple[str, list[Entry]]]:
    """The chapters in order, each with its topics."""
    by_chapter: dict[str, list[Entry]] = {}
    for entry in entries().values():
        by_chapter.setdefault(entry.chapter, []).append(entry)
    yield from by_chapter.items()


@cache
def find(name: str) -> Topic:
    """The topic of this name.

    Raises ``InputError`` naming the nearest topic, or ``RuntimeError`` with file and line for a
    topic that does not say what a topic must say.
    """
    path = _path_of(name)
    if path is None:
        known = entries()
        raise InputError(
            f"there is no topic {name}", nearest(name, known) or f"Topics are {', '.join(known)}."
        )
    module = importlib.import_module(f"dlcalc.topics.{path.parent.name}.{path.stem}")
    topic = getattr(module, "topic", None)
    if not isinstance(topic, Topic):
        raise RuntimeError(f"{path}:1: a topic's file ends with topic = Topic(...)")
    for what, present in (
        ("two examples", len(topic.examples) >= 2),
        ("two mistakes", len(topic.mistakes) >= 2),
        ("its answers", bool(topic.answers)),
    ):
        if not present:
            raise RuntimeError(f"{path}: the topic {name} must give {what}")
    topic.name = name
    topic.title, topic.summary = _docstring(path)
    topic.chapter, _ = _docstring(path.parent / "__init__.py")
    return topic


def _path_of(name: str) -> Path | None:
    """The file of a topic, found by its name alone (one look into each chapter's folder)."""
    if not name.replace("-", "").isalnum():
        return None
    stem = name.replace("-", "_")
    return next((path for path in _ROOT.glob(f"*/{stem}.py")), None)
