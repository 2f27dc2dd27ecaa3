"""Reads one layer of the spec line: its word, then numbers, windows, options and an activation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from dlcalc.givens import Kind, flag, pair
from dlcalc.methods.windows import NO_PADDING, padding_kind
from dlcalc.networks.layers import Activation, BatchNorm, Dense, Dropout, Flatten, Layer
from dlcalc.networks.pooling import GlobalPool, Pool
from dlcalc.networks.recurrent import Recurrent
from dlcalc.networks.vocabulary import (
    ACTIVATIONS,
    ALLOWED,
    BIDIRECTIONAL,
    FORMS,
    OPTIONS,
    SLOPED,
    activation_named,
    bare,
    layer_named,
)
from dlcalc.networks.windows import Conv, Transposed
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.values import read_number, read_whole

LARGEST_COUNT = 10_000_000

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
        return FORMS.get(self.word, self.word)

    # -- reading

    def layer(self) -> Layer:
        if bare(self.waiting[0].text) in BIDIRECTIONAL and len(self.waiting) > 1:
            self.bidirectional = True
            self.waiting.pop(0)
        elif self.waiting[0].text.lower() in ("bilstm", "bigru", "birnn"):
            self.bidirectional = True
            first = self.waiting[0]
            self.waiting[0] = Piece(first.text[2:], first.start, first.end)
        named = layer_named([token.text for token in self.waiting])
        if named is None:
            return self.activation_layer()
        self.word, count = named
        del self.waiting[:count]
        if self.bidirectional and self.word not in ("rnn", "lstm", "gru"):
            raise self.trouble(f"has {self.word} running both ways", "Only rnn, lstm and gru can.")
        while self.waiting:
            self.take()
        return _MAKERS[self.word](self)

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
            self.put("kernel", token.text, token)
        elif _PLAIN.match(token.text):
            self.numbers.append(token)
        elif word in ("same", "valid"):
            self.put("padding", word, token)
        elif bare(word) in ("nobias", "withoutbias"):
            self.put("bias", "no", token)
        elif self.word in ("rnn", "lstm", "gru") and bare(word) in ("sequences", "returnsequences"):
            self.put("sequences", "yes", token)
        elif self.takes_activation(token):
            return
        elif bare(word) in OPTIONS and self.waiting:
            following = self.waiting.pop(0)
            self.option(token.text, following.text, Piece("", token.start, following.end))
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
        option = OPTIONS.get(bare(name), "")
        if self.word == "dropout" and option == "padding" and bare(name) == "p":
            option = "rate"
        if option not in ALLOWED[self.word]:
            raise self.trouble(
                f"has an option {self.word} does not take: {_short(name)}", self.taken(name), token
            )
        self.put(option, value, token)

    def taken(self, name: str) -> str:
        """What the layer takes instead of an option it does not know."""
        options = list(ALLOWED[self.word])
        if "count" in options:
            options[options.index("count")] = "filters" if self.word in ("conv", "transposed") else "units"
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

    def count(self, what: str) -> int:
        """Filters or units: the first bare number."""
        if "count" not in self.options:
            if not self.numbers:
                raise self.trouble(f"does not say how many {what} {self.word} has", f"Write {self.form}.")
            token = self.numbers.pop(0)
            self.options["count"], self.places["count"] = token.text, token
        return int(
            self.read(
                "count", Kind("number", lambda raw: read_whole(raw, 1, LARGEST_COUNT), form="`32`"), None
            )
        )

    def window(self) -> tuple[int, ...]:
        if "kernel" not in self.options:
            if not self.numbers:
                raise self.trouble(
                    f"does not say how large the window of {self.word} is", f"Write {self.form}."
                )
            token = self.numbers.pop(0)
            self.options["kernel"], self.places["kernel"] = token.text, token
        found: tuple[int, ...] = self.read("kernel", window_kind(3 if self.word == "conv" else 2), None)
        return found

    def finish(self) -> None:
        if self.numbers:
            raise self.trouble(
                f"has a number too many in {self.word}: {_short(self.numbers[0].text)}",
                f"Write it like {self.form}; other numbers get a name: stride=2.",
                self.numbers[0],
            )

    def moved(self, stride: Any) -> dict[str, Any]:
        """Stride, padding, dilation and activation, for every window layer."""
        return {
            "stride": self.read("stride", pair(), stride),
            "padding": self.read("padding", padding_kind(), NO_PADDING),
            "dilation": self.read("dilation", pair(), (1, 1)),
            "activation": self.activation,
        }

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


def window_kind(most: int = 2) -> Kind:
    """A window: one number for both sides, height x width, or with its depth (3x3x16)."""

    def read(raw: Any) -> tuple[int, ...]:
        sides = raw if isinstance(raw, (list, tuple)) else re.split(r"\s*[xX×,]\s*|\s+", str(raw).strip())
        if not 1 <= len(sides) <= most:
            raise InputError(f"is not a window: {raw}", "Write 3, or 3x5 for height and width.")
        found = tuple(read_whole(side, 1, 100_000) for side in sides)
        return (found[0], found[0]) if len(found) == 1 else found

    def write(value: tuple[int, ...]) -> str:
        return str(value[0]) if len(value) == 2 and value[0] == value[1] else "x".join(map(str, value))

    return Kind("window", read, write, form="`3`, or `3x5` (height x width)")


def _conv(reader: LayerReader) -> Layer:
    filters, window = reader.count("filters"), reader.window()
    reader.finish()
    depth = window[2] if len(window) > 2 else None
    return Conv(
        filters, (window[0], window[1]), groups=reader.read("groups", _number(1), 1), bias=reader.yes("bias", True), depth=depth,
        **reader.moved((1, 1)),
    )  # fmt: skip


def _transposed(reader: LayerReader) -> Layer:
    filters, window = reader.count("filters"), reader.window()
    reader.finish()
    return Transposed(
        filters, (window[0], window[1]), groups=reader.read("groups", _number(1), 1), bias=reader.yes("bias", True),
        output_padding=reader.read("output_padding", _number(0), 0), **reader.moved((1, 1)),
    )  # fmt: skip


def _number(least: int) -> Kind:
    return Kind("whole number", lambda raw: read_whole(raw, least, LARGEST_COUNT), form="`2`")


def _pool(reader: LayerReader) -> Layer:
    operation = {"maxpool": "max", "avgpool": "average", "minpool": "min"}[reader.word]
    window = reader.window()
    reader.finish()
    return Pool(operation, (window[0], window[1]), ceil=reader.yes("ceil", False), **reader.moved(None))


def _global(reader: LayerReader) -> Layer:
    reader.finish()
    return GlobalPool(reader.word.removeprefix("global-"), reader.activation)


def _dense(reader: LayerReader) -> Layer:
    units = reader.count("units")
    reader.finish()
    return Dense(units, reader.yes("bias", True), reader.activation)


def _flatten(reader: LayerReader) -> Layer:
    reader.finish()
    return Flatten()


def _dropout(reader: LayerReader) -> Layer:
    if "rate" not in reader.options and reader.numbers:
        token = reader.numbers.pop(0)
        reader.options["rate"], reader.places["rate"] = token.text, token
    reader.finish()
    rate = reader.read("rate", Kind("rate", read_number), 0)
    if not 0 <= rate < 1:
        raise reader.trouble(
            f"has a dropout of {reader.options['rate']}", "Write a share from 0 to 1, for example 0.5.", reader.places["rate"]
        )  # fmt: skip
    return Dropout(reader.options.get("rate", ""))


def _batchnorm(reader: LayerReader) -> Layer:
    reader.finish()
    return BatchNorm(reader.activation)


def _recurrent(reader: LayerReader) -> Layer:
    units = reader.count("units")
    reader.finish()
    biases = reader.read("biases", Kind("number", lambda raw: read_whole(raw, 0, 2), form="`2`"), None)
    if not reader.yes("bias", True):
        biases = 0
    return Recurrent(
        reader.word, units, reader.yes("sequences", False), reader.bidirectional, biases, reader.activation
    )


_MAKERS: dict[str, Callable[[LayerReader], Layer]] = {
    "conv": _conv, "transposed": _transposed, "maxpool": _pool, "avgpool": _pool, "minpool": _pool,
    "global-max": _global, "global-average": _global, "global-min": _global, "dense": _dense, "flatten": _flatten,
    "dropout": _dropout, "batchnorm": _batchnorm, "rnn": _recurrent, "lstm": _recurrent, "gru": _recurrent,
}  # fmt: skip
