"""The arguments of one call of PyTorch code, checked as they are asked for."""

from __future__ import annotations

import ast
from typing import Any

from dlcalc.networks.code.source import Source
from dlcalc.networks.code.values import Unknown, refuse_unknown
from dlcalc.notation.errors import InputError

LARGEST_COUNT = 10_000_000
LARGEST_STEP = 100_000


class Arguments:
    """The arguments of a layer or function by name; every trouble names the line of the call."""

    def __init__(self, source: Source, node: ast.AST, name: str, values: dict[str, Any]) -> None:
        self.source = source
        self.node = node
        self.name = name
        self.values = values

    def trouble(self, what: str, expected: str) -> InputError:
        return self.source.trouble(self.node, what, expected)

    def __getitem__(self, name: str) -> Any:
        value = self.values[name]
        if isinstance(value, Unknown):
            raise refuse_unknown(self.source, self.node, value, f"gives {self.name} its {name}")
        return value

    def flag(self, name: str) -> bool:
        """A truth value; numbers count as Python counts them."""
        return bool(self[name])

    def whole(self, name: str, least: int = 1, most: int = LARGEST_COUNT) -> int:
        """A whole number between bounds."""
        return self._whole(self[name], name, least, most)

    def _whole(self, value: Any, name: str, least: int, most: int) -> int:
        if isinstance(value, Unknown):
            raise refuse_unknown(self.source, self.node, value, f"gives {self.name} its {name}")
        if type(value) is not int:
            hint = (
                "Divide with // for a whole number."
                if isinstance(value, float) and value.is_integer()
                else ""
            )
            raise self.trouble(
                f"has a {name} in {self.name} that is not a whole number: {_shown(value)}",
                hint or f"Write a whole number from {least}.",
            )
        if not least <= value <= most:
            raise self.trouble(
                f"has a {name} of {value:,} in {self.name}", f"Write a whole number from {least} to {most:,}."
            )
        return value

    def wholes(self, name: str, sides: int, least: int = 1, most: int = LARGEST_STEP) -> tuple[int, ...]:
        """One whole number for every side, from one for all of them or one for each."""
        value = self[name]
        if isinstance(value, (list, tuple)):
            if len(value) not in (1, sides):
                raise self.trouble(
                    f"gives {self.name} {len(value)} numbers for its {name}, and it works on {sides} sides"
                    if sides > 1 else f"gives {self.name} {len(value)} numbers for its {name}",
                    "Write one number, or one for every side." if sides > 1 else "Write one number.",
                )  # fmt: skip
            found = tuple(self._whole(one, name, least, most) for one in value)
            return found if len(found) == sides else found * sides
        return (self._whole(value, name, least, most),) * sides

    def number(self, name: str, least: float, most: float) -> float:
        """A number between bounds."""
        value = self[name]
        if not isinstance(value, (int, float)) or not least <= value <= most:
            raise self.trouble(
                f"has a {name} in {self.name} that is not between {least:g} and {most:g}: {_shown(value)}",
                "Write a number in between.",
            )
        return value


def _shown(value: Any) -> str:
    words = str(value) if isinstance(value, (int, float, str, type(None))) else type(value).__name__
    return words if len(words) <= 40 else words[:37] + "..."
