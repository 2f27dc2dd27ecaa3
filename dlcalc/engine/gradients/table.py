"""Every layer and loss against central differences: the table of the docs.

``rows`` draws random configurations of each (sizes, strides smaller than the kernel, padding, batches of
several rows, initial states, two outputs, a value used twice) and checks all their gradients in float64.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dlcalc.engine.gradients.cases import LAYERS, MODELS
from dlcalc.engine.gradients.check import GradientCheck
from dlcalc.engine.gradients.draw import Case, Draw
from dlcalc.engine.gradients.loss_cases import LOSSES

CASES: tuple[Case, ...] = (*LAYERS, *LOSSES, *MODELS)
"""What the table has a row for, in its order."""

_HEADS = ("layer or loss", "worst relative error", "configurations", "gradients compared")


class Row(NamedTuple):
    """What was found for one layer or loss.

    ``error`` is the worst relative error of all gradients that were compared, as
    :func:`~dlcalc.engine.gradient_check.gradient_check` measures it; ``entries`` is how many those were.
    ``largest`` is the largest gradient of the configuration whose largest is smallest: where it is tiny
    the row says little.
    """

    name: str
    error: float
    configurations: int
    entries: int
    largest: float


def rows(
    seed: int = 0, configurations: int = 12, *, entries: int = 80, cases: Sequence[Case] = CASES
) -> Iterator[Row]:
    """Checks ``configurations`` random configurations of each case, a row for each as it is done.

    Of a larger tensor ``entries`` entries are compared. The same seed gives the same configurations,
    whatever other cases there are. Raises ``ValueError`` for less than one configuration or entry.
    """
    if configurations < 1:
        raise ValueError(f"at least one configuration of each must be checked, not {configurations}")
    for case in cases:
        start = np.random.SeedSequence([seed, *case.name.encode()])
        checks = [
            case.check(Draw(np.random.Generator(np.random.SFC64(stream)), number, entries))
            for number, stream in enumerate(start.spawn(configurations))
        ]
        yield Row(
            case.name,
            max(check.error for check in checks),
            configurations,
            sum(check.entries for check in checks),
            min(_largest(check) for check in checks),
        )


def as_markdown(found: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [f"| {' | '.join(_HEADS)} |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.name} | {row.error:.1e} | {row.configurations} | {row.entries:,} |" for row in found]
    return "\n".join(lines)


def _largest(check: GradientCheck) -> float:
    return max(tensor.largest for tensor in check.tensors)
