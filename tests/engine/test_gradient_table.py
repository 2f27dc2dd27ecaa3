"""The gradient table: nothing of the engine is missing in it, its figures are small, and it sees a wrong gradient."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import numpy as np
import pytest

import dlcalc.engine
from dlcalc.engine.gradients.draw import Case
from dlcalc.engine.gradients.table import CASES, as_markdown, rows
from dlcalc.engine.layer import Layer
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.recurrent import Recurrent
from dlcalc.engine.losses.elementwise import MSE, Loss, ReusedArrays

BOUND = 1e-6


def public_classes() -> Iterator[type]:
    """Every public class that a module of the engine defines."""
    for module in pkgutil.walk_packages(dlcalc.engine.__path__, "dlcalc.engine."):
        found = importlib.import_module(module.name)
        for name, thing in vars(found).items():
            if isinstance(thing, type) and thing.__module__ == module.name and not name.startswith("_"):
                yield thing


def is_abstract(kind: type) -> bool:
    """Whether a class leaves to its subclasses what it computes."""
    if issubclass(kind, Layer):
        return kind.forward is Layer.forward or getattr(kind, "advance", None) is Recurrent.advance
    return kind in (ReusedArrays, Loss)


def learns(kind: type) -> bool:
    """Whether a class is a layer or a loss: something with a gradient, which a metric has not."""
    has_gradient = hasattr(kind, "gradient") or hasattr(kind, "add_gradient")
    return issubclass(kind, Layer) or (issubclass(kind, ReusedArrays) and has_gradient)


def test_every_layer_and_loss_of_the_engine_has_a_row() -> None:
    wanted = {kind for kind in public_classes() if learns(kind) and not is_abstract(kind)}
    assert {Dense, MSE} <= wanted and len(wanted) > 50
    assert not {kind.__name__ for kind in wanted - {case.subject for case in CASES}}


def test_names_are_told_apart() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_gradients_are_right_and_none_is_checked_by_zeros_alone(case: Case) -> None:
    (row,) = rows(seed=1, configurations=6, cases=[case])
    assert row.error < BOUND
    assert row.entries >= 6
    assert row.largest > 0.01 or case.name == "Step"  # a step has slope 0 everywhere


def test_the_same_seed_gives_the_same_rows_whatever_else_is_checked() -> None:
    first = list(rows(seed=3, configurations=2, cases=CASES[:3]))
    assert first == list(rows(seed=3, configurations=2, cases=CASES[:3]))
    assert first[2:] == list(rows(seed=3, configurations=2, cases=CASES[2:3]))
    assert first != list(rows(seed=4, configurations=2, cases=CASES[:3]))


class WrongKernel(Dense):
    """The gradient by one weight is a thousandth too small."""

    def backward(self, gradient):
        passed = super().backward(gradient)
        self.parameters[0].gradient[-1, -1] *= 0.999
        return passed


class WrongMean(MSE):
    """Divides by the rows where it should divide by all entries."""

    def gradient(self):
        return super().gradient() * self._prediction.shape[-1]


def test_a_wrong_backward_is_caught() -> None:
    wrong = Case(WrongKernel, lambda draw: draw.check(WrongKernel(2), draw.numbers(3, 4)))
    (row,) = rows(cases=[wrong])
    assert row.name == "WrongKernel" and 1e-4 < row.error < 2e-3


def test_a_wrong_loss_is_caught() -> None:
    def check(draw):
        target = draw.numbers(3, 2)
        loss = WrongMean()
        return draw.check(Dense(2), draw.numbers(3, 2), loss=lambda p: loss(p, target))

    (row,) = rows(cases=[Case(WrongMean, check)])
    assert row.error > 0.1


def test_the_markdown_has_a_line_for_each_row() -> None:
    found = list(rows(configurations=1, cases=CASES[:4]))
    head, rule, *lines = as_markdown(found).splitlines()
    assert head == "| layer or loss | worst relative error | configurations | gradients compared |"
    assert rule.count("---") == 4
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [row.name for row in found]
    assert np.allclose(
        [float(line.split(" | ")[1]) for line in lines], [row.error for row in found], rtol=0.1
    )


def test_no_configurations_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one configuration"):
        next(rows(configurations=0))
