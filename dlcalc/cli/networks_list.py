"""``dlcalc networks``: what networks are known by name."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from dlcalc.cli import output
from dlcalc.cli.networks_pages import Target, paragraph, section
from dlcalc.derivation import Inline, Table
from dlcalc.engine.recipes import RECIPES
from dlcalc.networks.named.known import NETWORKS, Known, plain_name

GROUPS = {
    "Classifiers of images": ("lenet", "alexnet", "vgg", "inception", "googlenet", "resnet", "mobilenet", "squeezenet", "densenet"),
    "From image to image": ("unet",),
    "Sequences": ("transformer",),
}  # fmt: skip
COURSE, OTHERS = "Networks of the course", "Others"
_COURSE_SOURCE = "course documents"
_COUNT = 12
_OTHER_COLUMNS = 35  # indent, parameters, input, and the gaps between columns


def group_of(name: str, known: Known) -> str:
    """The group a network is listed in."""
    if known.source == _COURSE_SOURCE:
        return COURSE
    return next((group for group, starts in GROUPS.items() if name.startswith(starts)), OTHERS)


def grouped() -> Iterator[tuple[str, list[str]]]:
    """The groups that are not empty, with their names."""
    for group in (*GROUPS, OTHERS, COURSE):
        names = [name for name, known in NETWORKS.items() if group_of(name, known) == group]
        if names:
            yield group, names


def put_list(target: Target) -> None:
    """All names in groups."""
    if target.style == "json":
        target.put_data({"networks": [_data(group, name) for group, names in grouped() for name in names]})
        return
    widest = max(map(len, NETWORKS))
    room = max(output.width() - widest - _OTHER_COLUMNS, 24) if target.is_text else 0
    heads = ("name".ljust(widest), "parameters".rjust(_COUNT), "input".ljust(9), "from")
    sections = [
        section(group, Table(heads, tuple(row for name in names for row in _rows(name, room))))
        for group, names in grouped()
    ]
    sections.append(
        section(
            "How they are used",
            paragraph(
                "A name stands wherever a network is asked for: dlcalc params vgg16. dlcalc networks vgg16 shows "
                "layers and diagram, dlcalc networks compare vgg16 resnet50 puts two side by side."
            ),
            paragraph(
                f"dlcalc train has a recipe for {', '.join(name for name in NETWORKS if name in RECIPES)}, and for "
                "more (dlcalc train lists them); any other network that predicts is trained too."
            ),
            paragraph(
                "* The published number counts what is trained; running means and variances come on top of it."
            ),
        )
    )
    target.put_sections("Networks known by name", sections)


def _rows(name: str, room: int) -> Iterator[tuple[Inline, ...]]:
    """A network in a row, what it is going on below where there is little ``room`` (0: there is enough)."""
    known = NETWORKS[name]
    words = _from_words(name, known)
    first, *more = wrap(words, room, subsequent_indent="  ") if room else [words]
    star = "*" if known.counts == "trainable" else " "
    yield name, f"{known.total:,}{star}".rjust(_COUNT), input_of(known), first
    yield from (("", "", "", line) for line in more)


def _from_words(name: str, known: Known) -> str:
    """Where a network is from, and what it is where its name does not say it."""
    if known.source == _COURSE_SOURCE:
        return known.title
    says_it = plain_name(name).startswith(plain_name(known.title.split()[0]))
    return known.source if says_it else f"{known.title}: {known.source}"


def input_of(known: Known) -> str:
    """The size of the input, from the beginning of its line."""
    return known.line.partition("->")[0].strip().replace("x", "×")


def _data(group: str, name: str) -> dict[str, Any]:
    known = NETWORKS[name]
    return {
        "name": name, "title": known.title, "group": group, "parameters": known.total,
        "counts": "trained" if known.counts == "trainable" else "all", "input": input_of(known).replace("×", "x"),
        "source": known.source, "note": known.note, "recipe": name in RECIPES,
    }  # fmt: skip
