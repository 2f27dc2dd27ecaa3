"""Which reading belongs to which kind of answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dlcalc.checking.matrices import (
    Components,
    Diagonal,
    Directions,
    Eigenbasis,
    InverseBasis,
    Polynomial,
    SignedColumns,
)
from dlcalc.checking.readings import Counts, Expression, Multiset, Numbers, Reading, Sizes, Truth, Words
from dlcalc.derivation import Answer

READERS: dict[str, Callable[[Answer, Any], Reading]] = {
    "number": Numbers,
    "array": Numbers,
    "count": Counts,
    "size": Sizes,
    "multiset": Multiset,
    "choice": Words,
    "truth": Truth,
    "expression": Expression,
    "polynomial": Polynomial,
    "directions": Directions,
    "components": Components,
    "eigenbasis": Eigenbasis,
    "diagonal": Diagonal,
    "inversebasis": InverseBasis,
    "scores": SignedColumns,
}
