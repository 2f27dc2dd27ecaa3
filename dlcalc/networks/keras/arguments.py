"""The arguments of a call of Keras, each read as what it must be, with errors at their place."""

from __future__ import annotations

import ast
from typing import Any

from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import Library, Unknown, refuse_unknown
from dlcalc.networks.keras.graph import KerasLayer
from dlcalc.networks.keras.names import ALIASES, EVERYWHERE, OTHER_ARGUMENTS, SIGNATURES
from dlcalc.networks.kinds.layers import Activation
from dlcalc.networks.line.vocabulary import ACTIVATIONS, bare
from dlcalc.notation.errors import InputError, nearest

MOST = 10**9


def shown(value: Any) -> str:
    """A plain value behind the name of its argument: =1.5."""
    return f"={value!r}" if isinstance(value, (int, float, str)) else ""


class Arguments:
    """The arguments of one call by their names; those left out have the default of Keras."""

    def __init__(
        self,
        source: Source,
        node: ast.Call,
        what: str,
        order: list[str],
        args: list[Any],
        kwargs: dict[str, Any],
    ) -> None:
        self.source = source
        self.node = node
        self.what = what
        self.given: dict[str, Any] = {}
        self._places: dict[str, ast.AST] = {}
        if len(args) > len(order):
            raise self.trouble(
                "", f"gives {what} {len(args)} arguments, and it takes {len(order)}",
                f"Its arguments are {', '.join(order)}." if order else "It takes none without a name.",
            )  # fmt: skip
        plain = not any(isinstance(one, ast.Starred) for one in node.args)
        for at, (name, value) in enumerate(zip(order, args, strict=False)):
            self.given[name] = value
            if plain and at < len(node.args):
                self._places[name] = node.args[at]
        written = {keyword.arg: keyword.value for keyword in node.keywords}
        for name, value in kwargs.items():
            self._take(name, value, order, written.get(name))

    def _take(self, name: str, value: Any, order: list[str], place: ast.AST | None) -> None:
        meant = OTHER_ARGUMENTS.get((self.what, name), name)
        if meant not in order and meant not in EVERYWHERE:
            known = ", ".join(one for one in order if not one.endswith(("izer", "constraint"))) or "name"
            raise self.trouble(
                "", f"gives {self.what} an argument {name} it does not take",
                nearest(name, [*order, *EVERYWHERE]) or f"It takes {known}.",
            )  # fmt: skip
        if meant in self.given:
            raise self.trouble("", f"gives {self.what} {name} twice", "Give it once.")
        self.given[meant] = value
        if place is not None:
            self._places[meant] = place

    def trouble(self, name: str, what: str, expected: str = "") -> InputError:
        """An error at an argument, or at the whole call where it is not written."""
        return self.source.trouble(self._places.get(name, self.node), what, expected)

    def has(self, name: str) -> bool:
        """Whether an argument is given, and not as None."""
        return self.given.get(name) is not None

    def value(self, name: str, otherwise: Any = None) -> Any:
        """An argument as it is; refused where only a run would tell it."""
        value = self.given.get(name, otherwise)
        if isinstance(value, Unknown):
            raise refuse_unknown(
                self.source, self._places.get(name, self.node), value, f"gives {self.what} a value for {name}"
            )
        return value

    def whole(self, name: str, least: int = 1) -> int:
        """A whole number that must be given."""
        if name not in self.given:
            raise self.trouble(name, f"leaves out {name} of {self.what}", f"Give it: {name}=32.")
        return self.whole_of(name, self.value(name), least)

    def whole_or(self, name: str, otherwise: int, least: int = 1) -> int:
        """A whole number that may be left out."""
        return self.whole(name, least) if self.has(name) else otherwise

    def whole_of(self, name: str, value: Any, least: int = 1) -> int:
        """A part of an argument as a whole number."""
        if isinstance(value, bool) or not isinstance(value, int):
            hint = (
                f"Write {int(value)}."
                if isinstance(value, float) and value.is_integer()
                else "Write one, such as 3."
            )
            raise self.trouble(name, f"has {name}{shown(value)}, which is not a whole number", hint)
        if value < least:
            raise self.trouble(name, f"has {name}={value}", f"Write {least} or more.")
        if value > MOST:
            raise self.trouble(name, f"has {name}={value:,}", f"At most {MOST:,} is worked out.")
        return value

    def steps(self, name: str, sides: int, otherwise: int | None = None) -> tuple[int, ...]:
        """One whole number for each of so many sides; one number is taken for all."""
        if not self.has(name):
            if otherwise is None:
                raise self.trouble(name, f"leaves out {name} of {self.what}", f"Give it: {name}=3.")
            return (otherwise,) * sides
        value = self.value(name)
        if not isinstance(value, (list, tuple)):
            return (self.whole_of(name, value),) * sides
        if len(value) != sides:
            raise self.trouble(
                name, f"gives {self.what} {len(value)} numbers for {name}",
                f"It takes one number, or {sides}: one for each side." if sides > 1 else "It takes one number.",
            )  # fmt: skip
        return tuple(self.whole_of(name, one) for one in value)

    def pairs(self, name: str, sides: int, otherwise: int) -> tuple[int, ...]:
        """Two whole numbers for each side, in front and behind: 1, (1, 2) or ((1, 0), (2, 2)) as Keras takes them."""
        value = self.value(name, otherwise)
        if isinstance(value, int):
            value = ((value, value),) * sides
        elif sides == 1 and isinstance(value, (list, tuple)) and len(value) == 2:
            value = (value,)
        if not isinstance(value, (list, tuple)) or len(value) != sides:
            raise self.trouble(
                name, f"has a {name} for {self.what} that is not one for each of its {sides} sides",
                "Write 1, (1, 2) or ((1, 0), (2, 2)).",
            )  # fmt: skip
        found: list[int] = []
        for side in value:
            two = tuple(side) if isinstance(side, (list, tuple)) else (side, side)
            if len(two) != 2:
                raise self.trouble(
                    name, f"has a {name} of {len(two)} numbers for one side", "Write two: (1, 0)."
                )
            found += [self.whole_of(name, one, 0) for one in two]
        return tuple(found)

    def flag(self, name: str, otherwise: bool) -> bool:
        """True or False."""
        value = self.value(name, otherwise)
        if not isinstance(value, (bool, int, type(None))):
            raise self.trouble(name, f"has a {name} that is neither True nor False", "Write one of them.")
        return bool(value)

    def words(self, name: str, otherwise: str, allowed: tuple[str, ...]) -> str:
        """One of several words."""
        value = self.value(name) if self.has(name) else otherwise
        if not isinstance(value, str) or value.lower() not in allowed:
            hint = nearest(value, allowed) if isinstance(value, str) else ""
            raise self.trouble(
                name, f"has {name}{shown(value)}, which {self.what} does not know", hint or f"Write {' or '.join(allowed)}."
            )  # fmt: skip
        return value.lower()

    def channels_last(self) -> None:
        """Refuses the channels in front."""
        if self.has("data_format") and self.value("data_format") != "channels_last":
            raise self.trouble(
                "data_format", f"gives {self.what} the channels first, which is not read from Keras code",
                "Leave data_format out and write the input as height, width, channels.",
            )  # fmt: skip

    def activation(self, name: str = "activation", otherwise: str = "") -> str:
        """The activation as this program calls it; empty for none."""
        value = self.value(name)
        if name not in self.given:
            return otherwise
        found = activation_of(value)
        if found is None:
            written = (
                value if isinstance(value, str) else self.source.written(self._places.get(name, self.node))
            )
            hint = nearest(written, _SPELLINGS) if isinstance(value, str) else ""
            raise self.trouble(
                name, f"has an activation that is not known: {written}",
                hint or "Write one of Keras' own, such as activation='relu'.",
            )  # fmt: skip
        return found


_SPELLINGS = [
    "relu",
    "leaky_relu",
    "sigmoid",
    "tanh",
    "softmax",
    "elu",
    "selu",
    "gelu",
    "silu",
    "swish",
    "softplus",
    "softsign",
    "linear",
    "exponential",
    "hard_sigmoid",
    "relu6",
    "mish",
    "log_softmax",
]


def activation_of(value: Any) -> str | None:
    """The activation that a word, a function of Keras or TensorFlow, or a layer stands for; None where it is none."""
    if value is None:
        return ""
    if isinstance(value, Library):
        value = value.path.rpartition(".")[2]
    if isinstance(value, KerasLayer):
        made = value.layers_for(None)
        return made[0].function if len(made) == 1 and isinstance(made[0], Activation) else None
    if not isinstance(value, str):
        return None
    found = ACTIVATIONS.get(bare(value))
    return "" if found == "linear" else found


def nearest_layer(word: str) -> str:
    """The layer of Keras that a wrong name may mean."""
    return nearest(word, [*SIGNATURES, *ALIASES, "Sequential", "Model", "Input"])
