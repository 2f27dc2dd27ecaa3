"""Problem sets for other systems: one module per format, each with ``export(questions, title) -> bytes``."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import NamedTuple

from dlcalc.exports.questions import ExportQuestion, question, questions
from dlcalc.notation.errors import InputError, nearest


class Export(NamedTuple):
    """A format by the module that writes it, the endings of its files, and what it is."""

    module: str
    endings: tuple[str, ...]
    about: str


EXPORTS: dict[str, Export] = {
    "moodle": Export("moodle", (".xml",), "Moodle XML"),
    "gift": Export("gift", (".gift",), "GIFT"),
    "anki": Export("anki", (".apkg",), "an Anki deck"),
    "ipynb": Export("ipynb", (".ipynb",), "a Jupyter notebook"),
    "rmd": Export("rmd", (".zip", ".rmd"), "R/exams items"),
    "csv": Export("csv", (".csv",), "a table"),
}


def export_named(name: str) -> str:
    """The export of this name.

    Raises ``InputError`` naming the nearest one.
    """
    word = {"notebook": "ipynb", "jupyter": "ipynb", "rexams": "rmd", "r/exams": "rmd", "xml": "moodle"}.get(
        name.lower(), name.lower()
    )
    if word not in EXPORTS:
        hint = nearest(word, EXPORTS) or f"Exports are {', '.join(EXPORTS)}."
        raise InputError(f"is not an export: {name}", hint, where="--to")
    return word


def export_of_file(name: str) -> str:
    """The export a file's ending asks for, or an empty text where it asks for none."""
    ending = ending_of(name)
    return next((word for word, about in EXPORTS.items() if ending in about.endings), "")


def ending_of(name: str) -> str:
    """The ending of a file's name in small letters, with its dot."""
    return "." + name.rpartition(".")[2].lower() if "." in name else ""


def export(questions: Sequence[ExportQuestion], name: str, title: str = "", *, target: str = "") -> bytes:
    """The questions in this format; ``target`` is the file's name, whose ending R/exams looks at.

    Raises ``InputError`` where a package is missing or the file cannot hold them.
    """
    module = importlib.import_module(f"dlcalc.exports.{EXPORTS[name].module}")
    if name == "rmd":
        made: bytes = module.export(questions, title, ending_of(target))
    else:
        made = module.export(questions, title)
    return made


__all__ = [
    "EXPORTS", "Export", "ExportQuestion", "ending_of", "export", "export_named", "export_of_file", "question", "questions",
]  # fmt: skip
