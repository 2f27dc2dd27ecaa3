"""Text for networks that predict the next character."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dlcalc.engine.data.bounded import LIMIT
from dlcalc.engine.data.dataset import Dataset, check_labels
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.layer import Array


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Characters with their codes 0, 1, ...: sorted, each once."""

    characters: tuple[str, ...]
    _points: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        points = _code_points("".join(self.characters))
        if len(points) != len(self.characters) or not (points[1:] > points[:-1]).all():
            raise DataError("a vocabulary is single characters, sorted, each once.")
        object.__setattr__(self, "_points", points)

    @classmethod
    def of(cls, text: str) -> Vocabulary:
        """The characters of a text."""
        return cls(tuple(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> Array:
        """Codes (length,), int64. Raises ``DataError`` for a character that is not in the vocabulary."""
        points = _code_points(text)
        codes = np.minimum(np.searchsorted(self._points, points), len(self) - 1)
        unknown = self._points[codes] != points
        if unknown.any():
            place = int(np.argmax(unknown))
            raise DataError(f"character {text[place]!r} (number {place + 1:,}) is not in the vocabulary.")
        return codes

    def decode(self, codes: Array) -> str:
        """The text of codes (length,)."""
        check_labels(codes, len(self), "codes")
        return "".join([self.characters[code] for code in codes])


def text_windows(
    text: str, length: int = 64, stride: int | None = None, *, title: str = "text", source: str = ""
) -> Dataset:
    """Windows of a text (n, length) as codes, and as targets at each place the code of the next character.

    The classes are the characters: ``Vocabulary(dataset.classes)`` decodes. ``stride`` is the way from one window
    to the next; as long as a window unless it is given, so that no character is a target in two windows and
    parts of a split stay apart. What is left over at the end is not used.
    """
    step = length if stride is None else stride
    if length < 1 or step < 1:
        raise DataError(f"{title}: windows of {length} every {step} characters: both must be at least 1.")
    if len(text) <= length:
        raise DataError(
            f"{title}: has {len(text):,} characters. Expected more than the {length:,} of one window."
        )
    count = (len(text) - length - 1) // step + 1
    if 16 * count * length > LIMIT:
        raise DataError(f"{title}: {count:,} windows of {length:,} characters are more than {LIMIT:,} bytes.")
    vocabulary = Vocabulary.of(text)
    windows = np.lib.stride_tricks.sliding_window_view(vocabulary.encode(text), length + 1)[::step]
    return Dataset(
        np.ascontiguousarray(windows[:, :-1]),
        np.ascontiguousarray(windows[:, 1:]),
        vocabulary.characters,
        title,
        source,
    )


def learning_text() -> str:
    """The bundled text: about 2,000 characters of plain English on how networks learn."""
    return Path(__file__).with_name("learning.txt").read_text(encoding="utf-8")


def _code_points(text: str) -> Array:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
