"""Answers every topic again by a road that shares no step with the derivation.

One module per topic, of the same name. It offers ``ROAD`` (what answers) and ``answers(problem)``:
values by answer name, computed by NumPy or SymPy directly. A value may also be a function that
says whether the topic's own value has the property that defines it (an eigenvector, say).
"""

from __future__ import annotations

import importlib
from typing import Any

from dlcalc.derivation import Answer, Derivation, Verification
from dlcalc.notation.numbers import Surd
from dlcalc.notation.tree import Tree
from dlcalc.topic import Problem, Topic

_CLOSE = 1e-9


def verified(topic: Topic, problem: Problem, derivation: Derivation) -> Verification:
    """Whether the other road agrees with every answer it can give."""
    module = importlib.import_module(f"dlcalc.verification.{topic.name.replace('-', '_')}")
    other: dict[str, Any] = module.answers(problem)
    differences = tuple(
        f"{name}: {other[name]!r}" if not callable(other[name]) else name
        for name, answer in derivation.answers.items()
        if name in other and not agrees(answer, other[name])
    )
    return Verification(module.ROAD, differences, reached=any(name in other for name in derivation.answers))


def agrees(answer: Answer, other: Any) -> bool:
    """Whether a value of the derivation equals the other road's, to floating-point accuracy."""
    if callable(other):
        return bool(other(answer.value))
    if answer.kind in ("choice", "truth"):
        return bool(answer.value == other)
    mine, theirs = list(_flat(answer.value)), list(_flat(other))
    if answer.kind == "multiset":
        mine, theirs = sorted(mine, key=_key), sorted(theirs, key=_key)
    return len(mine) == len(theirs) and all(map(_close, mine, theirs))


def _key(number: complex) -> tuple[float, float]:
    return round(number.real, 9), round(number.imag, 9)


def _flat(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, Tree):
        raise TypeError("a formula is verified by a function, not by its value")
    elif isinstance(value, Surd):
        yield complex(float(value.real), float(value.imag))
    else:
        yield complex(value) if isinstance(value, complex) else complex(float(value), 0.0)


def _close(mine: complex, theirs: complex) -> bool:
    return abs(mine - theirs) <= _CLOSE * max(1.0, abs(mine), abs(theirs))
