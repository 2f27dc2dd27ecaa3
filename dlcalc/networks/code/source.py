"""Python code as text: where its parts stand, what is wrong with it, and its syntax tree. Nothing in it is run."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings

from dlcalc.notation.errors import InputError

# What notebooks and web pages put between lines of code. Blanked, so that all places stay as they are.
_NO_PYTHON = re.compile(r"(?m)^[ \t]*(?:[!%].*|```.*)$")
_PROMPT = re.compile(r"(?m)^(?:>>>|\.\.\.)(?: |$)")
_PROMPT_WIDTH = 40


class Source:
    """A text of Python code with the places of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def place(self, node: ast.AST) -> tuple[int, int]:
        """Where a part of the syntax tree begins and ends in the text."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_column = getattr(node, "end_lineno", line), getattr(node, "end_col_offset", column + 1)
        return self._at(line, column), self._at(end_line, end_column)

    def _at(self, line: int, column: int) -> int:
        """The place of a column, which syntax trees count in bytes."""
        written = self.lines[line - 1]
        if not written.isascii():
            column = len(written.encode("utf-8")[:column].decode("utf-8", "ignore"))
        return self._starts[line - 1] + column

    def written(self, node: ast.AST) -> str:
        """A part as it was written, cut to one short line."""
        start, end = self.place(node)
        words = " ".join(self.text[start : min(end, start + 200)].split())
        return words if len(words) <= _PROMPT_WIDTH else words[: _PROMPT_WIDTH - 3] + "..."

    def trouble(self, node: ast.AST, what: str, expected: str = "") -> InputError:
        """An error at a part of the tree; the line is named in it."""
        start, end = self.place(node)
        if "\n" in self.text[start:end]:
            end = self.text.index("\n", start)
        line = getattr(node, "lineno", 1)
        return InputError(
            f"{what} (line {line})", expected, text=self.text, start=start, end=max(end, start + 1)
        )


def read_tree(text: str) -> tuple[ast.Module, Source]:
    """The syntax tree of code, and its text as it was read.

    Indentation of the whole, prompts, fences and the commands of notebooks (``!pip``, ``%matplotlib``) are taken
    away. Raises ``InputError`` with line and column where Python itself cannot read it.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    try:
        return _parsed(plain), Source(plain)
    except SyntaxError as trouble:
        first = trouble
    cleaned = _NO_PYTHON.sub(lambda match: " " * len(match.group()), textwrap.dedent(_PROMPT.sub("", plain)))
    if cleaned != plain:
        try:
            return _parsed(cleaned), Source(cleaned)
        except SyntaxError as trouble:
            plain, first = cleaned, trouble
    raise _unreadable(plain, first) from None


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a text of the student's is none of our business
        try:
            return ast.parse(text)
        except (RecursionError, MemoryError):
            lines = text.split("\n")
            longest = max(range(len(lines)), key=lambda at: len(lines[at]))
            start = sum(len(line) + 1 for line in lines[:longest])
            raise InputError(
                f"nests brackets, operations or branches too deeply to be read (line {longest + 1} is the longest)",
                "Write it in several statements.",
                text=text, start=start, end=start + 1,
            ) from None  # fmt: skip
        except ValueError as trouble:
            raise InputError(
                f"is not text that Python can read: {trouble}", "Write it as plain text."
            ) from None


def _unreadable(text: str, trouble: SyntaxError) -> InputError:
    source = Source(text)
    line = min(max(trouble.lineno or 1, 1), len(source.lines))
    column = max(trouble.offset or 1, 1)
    written = source.lines[line - 1]
    start = source._starts[line - 1] + min(column - 1, len(written))
    reason = (trouble.msg or "invalid syntax").split(" (")[0]
    return InputError(
        f"is not Python: {reason} (line {line}, column {column})",
        "Compare the line with the code it was copied from: brackets, commas, colons, indentation.",
        text=text, start=start, end=start + 1,
    )  # fmt: skip
