"""Reads one layer of the spec line: its word, then numbers, windows, options and an activation."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from dlcalc.givens import Kind, flag, pair
from dlcalc.networks.kinds.layers import Activation, Layer
from dlcalc.networks.line.vocabulary import (
    ACTIVATIONS,
    ALLOWED,
    BIDIRECTIONAL,
    CELLS,
    FORMS,
    OPTIONS,
    OWN_OPTIONS,
    SLOPED,
    WORDS,
    activation_named,
    bare,
    form_of,
    layer_named,
)
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.values import LARGEST_SIDE, read_whole

LARGEST_COUNT = 10_000_000

_COUNTED = dict.fromkeys(("conv", "transposed", "separable"), "filters") | {"embedding": "features"}
_WINDOW_HINTS = {
    1: "Write 3.",
    2: "Write 3, or 3x5 for height and width.",
    3: "Write 3, or 3x5x5 for depth, height and width.",
}

_WINDOW = re.compile(r"-?\d+(?:[xX×]-?\d+)+\Z")
_PLAIN = re.compile(r"-?\d[\d,]*(?:\.\d+)?%?\Z|-?\.\d+\Z")


class Piece(NamedTuple):
    """A part of the line with its place in it."""

    text: str
    start: int
    end: int


class LayerReader:
    """One layer of the line: its word, then numbers, windows, options and an activation in any order."""

    def __init__(self, text: str, piece: Piece, tokens: list[Piece]) -> None:
        self.text = text
        self.piece = piece
        self.waiting = tokens
        self.word = ""
        self.sides = 2
        self.options: dict[str, Any] = {}
        self.places: dict[str, Piece] = {}
        self.numbers: list[Piece] = []
        self.bidirectional = False

    # -- trouble

    def trouble(self, what: str, expected: str, place: Piece | None = None) -> InputError:
        at = place or self.piece
        return InputError(what, expected, text=self.text, start=at.start, end=at.end)

    @property
    def form(self) -> str:
        return form_of(self.word, self.sides)

    # -- reading

    def layer(self) -> Layer:
        if bare(self.waiting[0].text) in BIDIRECTIONAL and len(self.waiting) > 1:
            self.bidirectional = True
            self.waiting.pop(0)
        elif self.waiting[0].text.lower() in ("bilstm", "bigru", "birnn"):
            self.bidirectional = True
            first = self.waiting[0]
            self.waiting[0] = Piece(first.text[2:], first.start, first.end)
        words = [token.text for token in self.waiting]
        named = layer_named(words)
        # The word linear alone is an activation; with its units it is a dense layer.
        if named is None or (named.taken == len(words) and activation_named(words) is not None):
            return self.activation_layer()
        self.word, self.sides, count = named
        del self.waiting[:count]
        if self.bidirectional and self.word not in CELLS:
            raise self.trouble(f"has {self.word} running both ways", "Only rnn, lstm and gru can.")
        while self.waiting:
            self.take()
        return self.made()

    def made(self) -> Layer:
        """The layer of what was taken; what its kind finds wrong with itself is placed in the line."""
        from dlcalc.networks.line.layer_makers import maker_of

        make = maker_of(self.word)
        try:
            found = make(self)
        except InputError as trouble:
            if trouble.text:
                raise
            place = self.places.get(trouble.where, self.piece)
            raise self.trouble(f"has {self.word} that {trouble.what}", trouble.expected, place) from None
        if self.numbers:
            raise self.trouble(
                f"has a number too many in {self.word}: {_short(self.numbers[0].text)}",
                f"Write it like {self.form}; other numbers get a name: stride=2.",
                self.numbers[0],
            )
        return found

    def activation_layer(self) -> Layer:
        found = activation_named([token.text for token in self.waiting])
        first = self.waiting[0]
        if found is None:
            known = [*FORMS, *ACTIVATIONS.values()]
            raise self.trouble(
                f"has a layer dlcalc does not know: {_short(first.text)}",
                _nearest(first.text, known) or f"Known are {', '.join(FORMS)}.",
                first,
            )
        word, count = found
        rest = self.waiting[count:]
        if rest and word in SLOPED and _PLAIN.match(rest[0].text.strip("()")):
            rest = rest[1:]
        if rest:
            raise self.trouble(f"has {_short(rest[0].text)} behind {word}", f"Write {word} alone.", rest[0])
        return Activation(word)

    def take(self) -> None:
        token = self.waiting.pop(0)
        word = token.text.lower()
        name, sign, value = token.text.partition("=")
        if sign:
            self.option(name, value, token)
        elif _WINDOW.match(token.text):
            self.put(OWN_OPTIONS.get(self.word, {}).get("kernel", "kernel"), token.text, token)
        elif _PLAIN.match(token.text):
            self.numbers.append(token)
        elif word in ("same", "valid"):
            self.put("padding", word, token)
        elif bare(word) in ("nobias", "withoutbias"):
            self.put("bias", "no", token)
        elif (meant := WORDS.get(self.word, {}).get(bare(word))) is not None:
            self.put(*meant, token)
        elif self.takes_activation(token):
            return
        elif self.waiting and (bare(word) in OPTIONS or bare(word) in OWN_OPTIONS.get(self.word, {})):
            following = self.waiting.pop(0)
            self.option(token.text, following.text, Piece("", token.start, following.end))
        elif layer_named([token.text]) is not None:
            raise self.trouble(
                f"has {_short(token.text)} inside {self.word}, and that is a layer of its own",
                f"Put an arrow in front of it: -> {_short(token.text)}.",
                token,
            )
        else:
            known = [*ACTIVATIONS, "same", "valid", *ALLOWED[self.word]]
            raise self.trouble(
                f"has a word in {self.word} that means nothing there: {_short(token.text)}",
                _nearest(word, known) or f"Write it like {self.form}.",
                token,
            )

    def takes_activation(self, token: Piece) -> bool:
        found = activation_named([token.text, *(other.text for other in self.waiting[:1])])
        if found is None or "activation" not in ALLOWED[self.word]:
            return False
        word, count = found
        del self.waiting[: count - 1]
        if word in SLOPED and self.waiting and _PLAIN.match(self.waiting[0].text.strip("()")):
            self.waiting.pop(0)
        self.put("activation", word, token)
        return True

    def option(self, name: str, value: str, token: Piece) -> None:
        plain = bare(name)
        option = OWN_OPTIONS.get(self.word, {}).get(plain) or OPTIONS.get(plain, "")
        if option not in ALLOWED[self.word]:
            raise self.trouble(
                f"has an option {self.word} does not take: {_short(name)}", self.taken(name), token
            )
        self.put(option, value, token)

    def taken(self, name: str) -> str:
        """What the layer takes instead of an option it does not know."""
        options = list(ALLOWED[self.word])
        if "count" in options:
            options[options.index("count")] = _COUNTED.get(self.word, "units")
        if not options:
            return f"Write {self.form} alone."
        return _nearest(name, options) or f"It takes {', '.join(options)}."

    def put(self, option: str, value: str, token: Piece) -> None:
        if option not in ALLOWED[self.word]:
            raise self.trouble(
                f"gives {self.word} something it does not take: {_short(token.text)}",
                f"Write it like {self.form}.",
                token,
            )
        if option in self.options:
            raise self.trouble(f"gives {self.word} its {option} twice", f"Write it like {self.form}.", token)
        self.options[option] = value
        self.places[option] = token

    # -- what the makers ask for

    def read(self, option: str, kind: Kind, default: Any) -> Any:
        if option not in self.options:
            return default
        try:
            return kind.read(self.options[option])
        except InputError as trouble:
            raise self.trouble(
                f"has a {option.replace('_', ' ')} in {self.word} that {trouble.what}", trouble.expected,
                self.places[option],
            ) from None  # fmt: skip

    def bare_number(self, option: str, missing: str) -> None:
        """Takes the first number without a name for an option that was not given by name."""
        if option in self.options:
            return
        if not self.numbers:
            raise self.trouble(missing, f"Write {self.form}.")
        token = self.numbers.pop(0)
        self.options[option], self.places[option] = token.text, token

    def count(self, what: str) -> int:
        """Filters or units: the first bare number."""
        self.bare_number("count", f"does not say how many {what} {self.word} has")
        return int(self.read("count", whole_number(1), None))

    def number(self, option: str, missing: str) -> int:
        """A whole number of at least 1, with its name or without."""
        self.bare_number(option, missing)
        return int(self.read(option, whole_number(1), None))

    def window(self) -> tuple[int, ...]:
        """The window, and for a convolution perhaps its depth behind it."""
        self.bare_number("kernel", f"does not say how large the window of {self.word} is")
        deepest = self.sides + (self.word == "conv")
        found: tuple[int, ...] = self.read("kernel", window_kind(deepest, self.sides), None)
        return found

    def crossed(self, option: str, missing: str) -> tuple[int, ...]:
        """One number for all sides, or one for each: 7, 7x7."""
        self.bare_number(option, missing)
        found: tuple[int, ...] = self.read(option, Kind("size", _read_crossed, form="`7` or `7x7`"), None)
        return found

    @property
    def activation(self) -> str:
        word = self.options.get("activation", "")
        if word and bare(word) not in ACTIVATIONS:
            raise self.trouble(
                f"has an activation dlcalc does not know: {_short(word)}", f"Known are {', '.join(sorted(set(ACTIVATIONS.values())))}.",
                self.places["activation"],
            )  # fmt: skip
        return ACTIVATIONS[bare(word)] if word else ""

    def yes(self, option: str, default: bool) -> bool:
        return bool(self.read(option, flag(), default))


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:37] + "..."


def _nearest(word: str, known: list[str]) -> str:
    return nearest(word.lower(), known).replace("Did you mean", "The nearest word is").replace("?", ".")


def _read_crossed(raw: Any) -> tuple[int, ...]:
    sides = re.split(r"[xX×,]", str(raw))
    if len(sides) > 3:
        raise InputError(f"is not a size: {raw}", "Write one number for all sides, or one for each.")
    return tuple(read_whole(side, 1, LARGEST_SIDE) for side in sides)


def window_kind(most: int = 2, sides: int = 2) -> Kind:
    """A window: one number for all sides, height x width, or with its depth (3x3x16)."""

    def read(raw: Any) -> tuple[int, ...]:
        found = raw if isinstance(raw, (list, tuple)) else re.split(r"\s*[xX×,]\s*|\s+", str(raw).strip())
        if not (len(found) == 1 or sides <= len(found) <= most):
            raise InputError(f"is not a window: {raw}", _WINDOW_HINTS[sides])
        window = tuple(read_whole(side, 1, 100_000) for side in found)
        return window * sides if len(window) == 1 else window

    def write(value: tuple[int, ...]) -> str:
        return str(value[0]) if len(value) == sides and len(set(value)) == 1 else "x".join(map(str, value))

    return Kind("window", read, write, form="`3`, or `3x5` (height x width)")


def step_kind(sides: int) -> Kind:
    """A stride or dilation: one number for all sides, or one for each."""
    return pair() if sides == 2 else window_kind(sides, sides)


def whole_number(least: int) -> Kind:
    """A whole number that a layer is made with."""
    return Kind("whole number", lambda raw: read_whole(raw, least, LARGEST_COUNT), form="`32`")
