"""Reads a network written as TOML: layers in a list or in tables of their own, joined by names.

::

    input = "28x28x1"                       # or: inputs = {image = "28x28x1", age = "1"}
    layers = ["conv 32 3x3 relu", "maxpool 2", "flatten", "dense 10 softmax"]

or, where layers need names, one table each::

    [[layer]]
    name = "a"
    layer = "conv 16 3x3 same relu"         # the words of the spec line, arrows and brackets included

    [[layer]]
    kind = "conv"                           # or the same as keys
    filters = 16
    kernel = 3
    padding = "same"
    from = "a"                              # the layer before, unless said otherwise

    [[layer]]
    layer = "add relu"
    from = ["a", "input"]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dlcalc.networks.assembly import MOST_LAYERS, Assembly
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.merging import MERGES, Merge
from dlcalc.networks.line.layer_reader import LayerReader, Piece
from dlcalc.networks.line.paths import PathReader, read_layer, tokens_of
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import FORM, Size, read_open_size
from dlcalc.networks.toml.places import LIST, TomlText, loaded
from dlcalc.notation.errors import InputError, nearest

MOST_INPUTS = 50

FILE_KEYS = ("input", "inputs", "layers", "layer", "outputs")
WIRING = ("layer", "kind", "name", "from", "repeat")
"""The keys of a layer that say where it stands; all others are its options."""

_PATH = re.compile(r"->|=>|[→⟶⇒]|[\[(|]")
_SPELLED = {"sum": "add", "concat": "concatenate", **{word: word for word in MERGES}}


class _Entry(NamedTuple):
    """A layer as the file has it, and where."""

    values: Mapping[str, Any]
    start: int
    end: int


def read_toml(text: str) -> Network:
    """The network of a TOML text. Raises ``InputError`` naming the line of what is wrong."""
    return _Reader(text, loaded(text)).network()


class _Reader(TomlText):
    """One file: its entries with their places, then the graph they make."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        super().__init__(text)
        self.data = data
        self.assembly = Assembly()
        self.numbers: dict[str, int] = {}
        """What a name in ``from`` stands for: a layer, or an input (0, -1 ...)."""
        self.named_at: dict[str, int] = {}

    # -- the whole

    def network(self) -> Network:
        for key in self.data:
            if key not in FILE_KEYS:
                hint = nearest(key, FILE_KEYS) or f"Known are {', '.join(FILE_KEYS)}."
                raise self.trouble(f"has a key that means nothing: {_short(key)}", hint, *self.key(key))
        sizes = self.inputs()
        entries = self.entries()
        self.check_wiring(entries)
        for entry in entries:
            self.put(entry)
        return self.assembly.network(tuple(sizes), self.text, self.outputs())

    def inputs(self) -> Iterator[Size]:
        if ("input" in self.data) == ("inputs" in self.data):
            both = "input" in self.data
            raise InputError(
                "has both input and inputs" if both else "does not say what comes in",
                f'Write input = "28x28x1" ({FORM}), or inputs = {{image = "28x28x1", age = "1"}}.',
            )
        given = self.data.get("inputs", {"input": self.data.get("input")})
        if not isinstance(given, dict) or not given or len(given) > MOST_INPUTS:
            raise self.trouble(
                f"has inputs without names, or more than {MOST_INPUTS}",
                'Write inputs = {image = "28x28x1", age = "1"}.',
                *self.key("inputs"),
            )
        found: list[Size] = []
        for name, raw in given.items():
            place = self.key("input") if "input" in self.data else self.key(name, self.key("inputs")[0])
            if isinstance(raw, (dict, bool)) or raw is None:
                raise self.trouble("has an input that is not a size", f"Write it as {FORM}.", *place)
            try:
                found.append(read_open_size(raw))
            except InputError as trouble:
                raise self.trouble(f"has an input that {trouble.what}", trouble.expected, *place) from None
            self.numbers[name] = 1 - len(found)
        self.numbers.setdefault("input", 0)
        return iter(found)

    def entries(self) -> list[_Entry]:
        """The layers in the order of the file."""
        if ("layers" in self.data) == ("layer" in self.data):
            both = "layer" in self.data
            raise InputError("has both layer and layers" if both else "has no layers", LIST)
        given = self.data.get("layers", self.data.get("layer"))
        if not isinstance(given, list) or not given:
            raise InputError("has no list of layers", LIST)
        if len(given) > MOST_LAYERS:
            raise InputError(
                f"has more than {MOST_LAYERS:,} layers", f"At most {MOST_LAYERS:,} are worked out."
            )
        places = self.layers()
        if len(places) != len(given):
            raise InputError("has layers dlcalc cannot find in the text", LIST)
        found = []
        for item, (start, end) in zip(given, places, strict=True):
            if not isinstance(item, (dict, str)):
                raise self.trouble(
                    "has a layer that is neither words nor a table", 'Write "conv 32 3x3 relu".', start, end
                )
            found.append(_Entry({"layer": item} if isinstance(item, str) else item, start, end))
        return found

    # -- how the layers hang together

    def check_wiring(self, entries: list[_Entry]) -> None:
        """Names are there once, and every ``from`` names something above it."""
        defined: dict[str, int] = {}
        for number, entry in enumerate(entries):
            name = entry.values.get("name")
            if name is None:
                continue
            place = self.key("name", entry.start, entry.end)
            if not isinstance(name, str) or not name.strip() or len(name) > 200:
                raise self.trouble("has a name that is not a word", 'Write name = "a".', *place)
            if name in self.numbers:
                raise self.trouble(f"names a layer like an input: {name}", "Take another name.", *place)
            if name in defined:
                first = self.line(self.key("name", entries[defined[name]].start)[0])
                raise self.trouble(
                    f"names two layers {name}, the first at line {first}",
                    "Give each a name of its own.",
                    *place,
                )
            defined[name] = number
        wanted = [self.wanted(entry, number) for number, entry in enumerate(entries)]
        for number, names in enumerate(wanted):
            for name in names:
                if name in self.numbers or defined.get(name, number) < number:
                    continue
                place = self.key("from", entries[number].start, entries[number].end)
                if name not in defined:
                    known = [*defined, *self.numbers]
                    hint = nearest(name, known) or f"Known are {', '.join(known[:30])}."
                    raise self.trouble(f"takes its input from an unknown name: {_short(name)}", hint, *place)
                raise self.backwards(entries, wanted, defined, number, name)

    def wanted(self, entry: _Entry, number: int) -> list[str]:
        """The names a layer takes its inputs from; none where it takes what the one before gives."""
        given = entry.values.get("from")
        if given is None:
            return []
        names = [given] if isinstance(given, str) else given
        place = self.key("from", entry.start, entry.end)
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise self.trouble(
                "has a from that is not a name", 'Write from = "a" or from = ["a", "b"].', *place
            )
        if len(names) > MOST_LAYERS:
            raise self.trouble(f"takes more than {MOST_LAYERS:,} inputs", "Take fewer.", *place)
        return names

    def backwards(
        self, entries: list[_Entry], wanted: list[list[str]], defined: dict[str, int], number: int, name: str
    ) -> InputError:
        """A layer that takes what a later one gives: a circle, or only a wrong order."""
        behind, waiting = set(), [defined[name]]
        while waiting:
            at = waiting.pop()
            if at in behind:
                continue
            behind.add(at)
            before = [defined[one] for one in wanted[at] if one in defined]
            waiting += before if wanted[at] else [at - 1] * (at > 0)
        place = self.key("from", entries[number].start, entries[number].end)
        line = self.line(entries[defined[name]].start)
        if number in behind:
            back = (
                "which is this layer"
                if behind == {number}
                else f"and {name} (line {line}) depends on this layer"
            )
            return self.trouble(
                f"runs in a circle: this layer takes what {name} gives, {back}",
                "A network runs from its inputs to its outputs; unroll a recurrent one, or use rnn, lstm or gru.",
                *place,
            )
        return self.trouble(
            f"uses {name} before it is there: it is made at line {line}",
            "Put that layer above this one.",
            *place,
        )

    def outputs(self) -> tuple[int, ...]:
        given = self.data.get("outputs", [])
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, list):
            names = [names]
        for name in names:
            if not isinstance(name, str) or self.numbers.get(name, 0) < 1:
                layers = [one for one, number in self.numbers.items() if number > 0]
                hint = nearest(str(name), layers) or f"Known are {', '.join(layers[:30])}."
                raise self.trouble(
                    f"has an output nobody knows: {_short(str(name))}", hint, *self.key("outputs")
                )
        return tuple(self.numbers[name] for name in names)

    # -- one layer

    def put(self, entry: _Entry) -> None:
        """Puts the layers of an entry into the network, as often as it says."""
        names = entry.values.get("from")
        wanted = [names] if isinstance(names, str) else names or []
        sources = [self.numbers[name] for name in wanted] or [self.assembly.last]
        for _ in range(self.times(entry)):
            try:
                sources = [self.once(entry, sources)]
            except InputError as trouble:
                if trouble.what.endswith(")") and "(line " in trouble.what:
                    raise
                start, end = (trouble.start, trouble.end) if trouble.text else (entry.start, entry.end)
                raise self.trouble(trouble.what, trouble.expected, start, end) from None
        if "name" in entry.values:
            self.numbers[entry.values["name"]] = self.assembly.last

    def times(self, entry: _Entry) -> int:
        times = entry.values.get("repeat", 1)
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MOST_LAYERS:
            raise self.trouble(
                f"repeats a layer {_short(str(times))} times", f"Write a number from 1 to {MOST_LAYERS:,}.",
                *self.key("repeat", entry.start, entry.end),
            )  # fmt: skip
        return times

    def once(self, entry: _Entry, sources: list[int]) -> int:
        """Puts the layers of an entry behind these sources; the number of the last one."""
        if ("layer" in entry.values) == ("kind" in entry.values):
            both = "kind" in entry.values
            raise self.trouble(
                "has a table with both layer and kind" if both else "has a table without a layer",
                'Write layer = "conv 32 3x3 relu", or kind = "conv", filters = 32, kernel = 3.', entry.start, entry.end,
            )  # fmt: skip
        if "kind" in entry.values:
            return self.placed(self.from_keys(entry), entry, sources)
        for key in entry.values:
            if key not in WIRING:
                raise self.trouble(
                    f"gives {_short(key)} beside layer", "Put it among the words of the layer, or write kind = ...",
                    *self.key(key, entry.start, entry.end),
                )  # fmt: skip
        piece = self.words(entry)
        if _PATH.search(piece.text) and len(sources) == 1:
            reader = PathReader(self.text[: piece.end], self.assembly)
            reader.at = piece.start
            return reader.path(sources[0], "")
        layer = self.merge(list(tokens_of(piece)))
        if layer is None:
            layer = read_layer(self.text, piece)
        layer.start, layer.end = piece.start, piece.end
        return self.placed(layer, entry, sources)

    def words(self, entry: _Entry) -> Piece:
        """The words of a layer with their place."""
        words = entry.values["layer"]
        start, end = entry.start, entry.end
        if self.text[start] not in "\"'":
            start, end = self.key("layer", entry.start, entry.end)
        if not isinstance(words, str) or not words.strip():
            raise self.trouble("has a layer without words", 'Write layer = "conv 32 3x3 relu".', start, end)
        at = self.text.find(words, start, end)
        if at < 0:
            raise self.trouble("has a layer with a backslash in it", "Write plain words.", start, end)
        inner = words.strip()
        at += words.index(inner)
        return Piece(inner, at, at + len(inner))

    def merge(self, tokens: list[Piece]) -> Layer | None:
        """The layer that puts its inputs together, where the words name one."""
        first, *rest = tokens
        operation = _SPELLED.get(first.text.lower())
        if operation is None:
            return None
        layer = Merge(operation)
        words = []
        for token in rest:
            name, sign, value = token.text.partition("=")
            if name == "axis" and re.fullmatch(r"-?\d", value):
                layer.axis = int(value)
            elif name == "activation" or not sign:
                words.append(Piece(value or name, token.start, token.end))
            else:
                raise self.trouble(
                    f"gives {operation} something it does not take: {_short(name)}", "It takes activation and axis.",
                    token.start, token.end,
                )  # fmt: skip
        if words:
            layer.activation = LayerReader(self.text, words[0], words).activation_layer().spelled()
        return layer

    def from_keys(self, entry: _Entry) -> Layer:
        """The layer of a table with a key for each option; its words are read as those of a line are."""
        tokens: list[Piece] = []
        for key, value in entry.values.items():
            if key in WIRING and key != "kind":
                continue
            start, end = self.key(key, entry.start, entry.end)
            written = _written(value)
            if written is None:
                raise self.trouble(
                    f"has a {_short(key)} that is not a number or a word", "Write kernel = 3.", start, end
                )
            if key == "kind":
                tokens[:0] = [Piece(word, start, end) for word in written.split()]
            else:
                tokens.append(Piece(f"{key}={written.replace(' ', '')}", start, end))
        if "=" in tokens[0].text:
            raise self.trouble("has a kind without a word", 'Write kind = "conv".', entry.start, entry.end)
        layer = self.merge(tokens)
        if layer is None:
            whole = Piece(" ".join(token.text for token in tokens), tokens[0].start, tokens[0].end)
            layer = LayerReader(self.text, whole, tokens).layer()
        layer.start, layer.end = entry.start, len(self.text[entry.start : entry.end].rstrip()) + entry.start
        return layer

    def placed(self, layer: Layer, entry: _Entry, sources: list[int]) -> int:
        layer.name = entry.values.get("name", "")
        return self.assembly.add(layer, *sources)


def _written(value: Any) -> str | None:
    """A value of TOML as the spec line writes it; None where it has no such form."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, str)):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(side, (int, str)) for side in value):
        return "x".join(map(str, value))
    return None


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:37] + "..."
