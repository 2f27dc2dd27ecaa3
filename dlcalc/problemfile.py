"""Problem files: TOML in, problems out, and back. Errors name file, line and key.

A file is one text with a title and a list of problems; one bad problem never hides the others.
"""

from __future__ import annotations

import bisect
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from dlcalc.notation.errors import InputError, nearest
from dlcalc.topic import Topic

FILE_KEYS = ("title", "course", "date", "problem")
PROBLEM_KEYS = ("id", "topic", "title", "marks", "given", "answer", "ask", "note", "source")
MOST_PROBLEMS = 100_000
LONGEST_TEXT = 2_000

_HEAD = re.compile(r"^[ \t]*\[\[\s*problem\s*\]\]", re.MULTILINE)
_DEEP_KEY = re.compile(r"(?:[\w-]+[ \t]*\.[ \t]*){200}")
_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

Fetch = Callable[[Any], Any]


class Item:
    """One problem of a file: what to solve, what was answered, or what is wrong with its entry."""

    __slots__ = (
        "answer", "ask", "file", "given", "identity", "line", "lines", "marks", "note", "title", "topic", "trouble",
    )  # fmt: skip

    def __init__(self, file: str, line: int, identity: str) -> None:
        self.file = file
        self.line = line
        self.identity = identity
        self.topic = ""
        self.title = ""
        self.marks: Any = None
        self.note = ""
        self.given: dict[str, Any] = {}
        self.lines: dict[str, int] = {}
        self.answer: dict[str, Any] = {}
        self.ask: list[str] = []
        self.trouble: InputError | None = None

    @property
    def place(self) -> str:
        """File, line and id, as errors name them."""
        return f"{self.file}, line {self.line}, problem {self.identity}:"

    def place_of(self, given: str) -> str:
        """File, line, id and key of one of the givens, or of a key beside them (ask, marks)."""
        line = self.lines.get(given, self.line)
        key = given if given in ("ask", "marks") else f"given.{given}"
        return f"{self.file}, line {line}, problem {self.identity}: {key}"

    @property
    def heading(self) -> str:
        """Title and marks as they stand above the solution."""
        head = self.title or self.identity
        if self.marks is None:
            return head
        return f"{head} ({self.marks} mark{'' if self.marks == 1 else 's'})"


class ProblemFile:
    """A file's title, course and date, and its problems in order."""

    __slots__ = ("course", "date", "items", "name", "title")

    def __init__(self, name: str, title: str, items: list[Item], course: str = "", date: str = "") -> None:
        self.name = name
        self.title = title
        self.items = items
        self.course = course
        self.date = date


def read(text: str, name: str, fetch: Fetch | None = None) -> ProblemFile:
    """The problems of a file given as text.

    ``fetch`` turns values such as ``@data.csv`` into what they point to. Raises ``InputError`` for
    a text that is not TOML; an entry that is wrong becomes an ``Item`` with ``trouble``.
    """
    if deep := _DEEP_KEY.search(text):  # tomllib takes time with the square of a key's parts
        line = text.count("\n", 0, deep.start()) + 1
        raise InputError(
            "has a key of very many parts", "Keys are plain words.", where=f"{name}, line {line},"
        )
    try:
        data = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as trouble:
        message = str(trouble)
        match = _AT.search(message)
        line = int(match.group(1)) if match and match.group(1) else text.count("\n") + 1
        told = _AT.sub("", message)
        raise InputError(
            f"is not TOML: {told[:1].lower()}{told[1:]}", 'Strings stand in quotes: topic = "gd".',
            where=f"{name}, line {line},",
        ) from None  # fmt: skip
    except (ValueError, RecursionError):
        raise InputError(
            "is not TOML: a number or a nesting is too large", "Make it smaller.", where=name
        ) from None
    source = _Source(text)
    for key in data:
        if key not in FILE_KEYS:
            raise InputError(
                f"has a key that means nothing: {key}", _hint(key, FILE_KEYS),
                where=f"{name}, line {source.line_of_key(key, 0)},",
            )  # fmt: skip
    entries = data.get("problem", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError("has no list of problems", "Begin every problem with [[problem]].", where=name)
    if not entries:
        raise InputError("holds no problems", "Begin every problem with [[problem]].", where=name)
    if len(entries) > MOST_PROBLEMS:
        raise InputError(f"holds more than {MOST_PROBLEMS:,} problems", "Divide the file.", where=name)
    starts = [match.start() for match in _HEAD.finditer(text)]
    items: list[Item] = []
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries):
        start = starts[number] if number < len(starts) else 0
        item = _item(entry, number, name, source, start, fetch)
        if item.identity in seen and item.trouble is None:
            item.trouble = InputError(
                f"has an id that line {seen[item.identity]} has too", "Give every problem an id of its own.",
                where=item.place,
            )  # fmt: skip
        seen.setdefault(item.identity, source.line_of_key("id", start) if "id" in entry else item.line)
        items.append(item)
    title, course, date = (_text(data.get(key, "")) for key in ("title", "course", "date"))
    return ProblemFile(name, title, items, course, date)


def _hint(word: str, known: Iterable[str]) -> str:
    known = list(known)
    return nearest(word, known) or f"Known are {', '.join(known)}."


def _text(value: Any) -> str:
    return str(value)[:LONGEST_TEXT]


class _Source:
    """The text of a file that knows which line a place in it is on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self, at: int) -> int:
        return bisect.bisect_left(self.breaks, at) + 1

    def line_of_key(self, key: str, start: int) -> int:
        """The line on which the key stands for the first time from ``start`` on."""
        match = _key_pattern(key).search(self.text, start)
        return self.line(start if match is None else match.end() - 1)


@lru_cache(maxsize=512)
def _key_pattern(key: str) -> re.Pattern[str]:
    return re.compile(rf"""(?:^|[{{,\s.])["']?{re.escape(key)}["']?\s*[=.\]]""", re.MULTILINE)


def _item(
    entry: dict[str, Any], number: int, name: str, source: _Source, start: int, fetch: Fetch | None
) -> Item:
    item = Item(name, source.line(start), _text(entry.get("id", number + 1)))
    try:
        for key in entry:
            if key not in PROBLEM_KEYS:
                item.line = source.line_of_key(key, start)
                raise InputError(f"has a key that means nothing: {key}", _hint(key, PROBLEM_KEYS))
        item.topic = entry.get("topic", "")
        if not isinstance(item.topic, str) or not item.topic:
            raise InputError("names no topic", 'Write topic = "gd", for example.')
        item.title, item.note = _text(entry.get("title", "")), _text(entry.get("note", ""))
        item.marks = entry.get("marks")
        if item.marks is not None and (
            isinstance(item.marks, bool) or not isinstance(item.marks, (int, str))
        ):
            raise InputError("has marks that are no number", "Write marks = 5.")
        given, answer = entry.get("given", {}), entry.get("answer", {})
        asked = entry.get("ask", [])
        item.ask = [asked] if isinstance(asked, str) else asked
        if not isinstance(item.ask, list) or not all(isinstance(name, str) for name in item.ask):
            raise InputError("asks for something that is no name", 'Write ask = ["mean", "variance"].')
        if not isinstance(given, dict):
            raise InputError("has givens that are no table", "Write given = { start = 6, rate = 0.1 }.")
        item.lines = {key: source.line_of_key(key, start) for key in given}
        item.given = {key: _fetched(value, fetch) for key, value in given.items()}
        item.answer = answer if isinstance(answer, dict) else {"": answer}
    except InputError as trouble:
        trouble.where = f"{item.place} {trouble.where}".strip()
        item.trouble = trouble
    return item


def _fetched(value: Any, fetch: Fetch | None) -> Any:
    if fetch is not None and isinstance(value, str) and value.startswith("@"):
        return fetch(value)
    return value


# -- writing


def toml_value(value: Any) -> str:
    """A given as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def written(title: str, problems: Iterable[Mapping[str, Any]]) -> str:
    """A problem file with these problems (keys as in a file)."""
    lines = [f"title = {toml_value(title)}", ""] if title else []
    for problem in problems:
        lines.append("[[problem]]")
        lines += [
            f"{key} = {toml_value(value)}" for key, value in problem.items() if value not in (None, "", {})
        ]
        lines.append("")
    return "\n".join(lines)


def template(topic: Topic) -> str:
    """A problem file to start from: the topic's first example, every other given behind a #."""
    example = topic.examples[0]
    lines = [
        f"# {topic.title}. Solve it with: dlcalc solve FILE.toml",
        f'title = "{topic.title}"',
        "",
        "[[problem]]",
        f'id = "{topic.name}-1"',
        f'topic = "{topic.name}"',
        f'title = "{topic.title}"',
        "marks = 5",
        "",
        "[problem.given]",
    ]
    lines += _given_lines(topic, example)
    lines += ["", "[problem.answer]", "# what a student or a printed key says; it is then marked"]
    lines += [f"# {name} = ...  # {about}" for name, about in topic.answers.items()]
    return "\n".join(lines) + "\n"


def _given_lines(topic: Topic, example: Mapping[str, Any]) -> Iterator[str]:
    rows: list[tuple[str, str]] = []
    for asked in topic.problem.asked():
        if asked.name in example:
            rows.append((f"{asked.name} = {toml_value(example[asked.name])}", asked.question))
            continue
        default = "..." if asked.default is None else toml_value(asked.data(asked.default))
        rows.append((f"# {asked.name} = {default}", asked.question))
    column = min(max(len(left) for left, _ in rows), 44) + 2
    yield from (f"{left.ljust(column - 2)}  # {right}" for left, right in rows)
