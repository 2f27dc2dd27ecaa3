"""``dlcalc train NETWORK --check-gradients``: every gradient against central differences."""

from __future__ import annotations

from dlcalc.cli.networks_pages import Target, cell, paragraph, section
from dlcalc.cli.train_order import Order
from dlcalc.cli.trouble import RIGHT, WRONG
from dlcalc.derivation import Step, Table
from dlcalc.engine.building.build import build
from dlcalc.engine.gradients.check import TensorCheck, gradient_check
from dlcalc.engine.layers.embedding import Embedding
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError
from dlcalc.notation.tree import Words

WORST = 1e-5
"""The relative error up to which a gradient counts as right."""
_ROWS = 3
_LARGEST = 5_000_000  # parameters; a check goes through the network some hundred times for each tensor
_ENTRIES, _FEWEST = 40, 5
_ALL_ENTRIES = 600  # of all tensors together
_DRAWS = 3


def put_gradients(order: Order, target: Target) -> int:
    """Checks every network of the recipe; returns the exit code."""
    try:
        found = {role: _check(line, order.options.seed) for role, line in order.recipe.networks.items()}
    except ValueError as trouble:
        raise InputError(str(trouble)) from None
    good = all(one.error <= WORST for check in found.values() for one in check)
    if target.style == "json":
        target.put_data({"gradients": {role: _data(check) for role, check in found.items()}, "right": good})
        return RIGHT if good else WRONG
    sections = [_section(role, check) for role, check in found.items()]
    verdict = (
        f"All gradients are right: no relative error is above {WORST:g}."
        if good
        else "There are wrong gradients."
    )
    how = (
        f"Central differences in float64 on {_ROWS} random examples, for at most {_ENTRIES} entries of a tensor. At a "
        "kink (ReLU, pooling) any gradient between the slopes of both sides is right; a tensor that is off is looked at "
        "again with other weights and examples, since a difference may reach across a kink nearby."
    )
    sections.append(section("Verdict", paragraph(verdict), paragraph(how)))
    target.put_sections(f"{order.recipe.title}: gradients against differences", sections)
    return RIGHT if good else WRONG


def _check(line: str, seed: int) -> list[TensorCheck]:
    """Every tensor in the draw that shows it best.

    A wrong gradient is wrong in every draw of weights and examples; a difference across a kink nearby is
    off in one of them.
    """
    best: dict[str, TensorCheck] = {}
    for draw in range(_DRAWS):
        for one in _checked(line, seed + draw):
            if one.name not in best or one.error < best[one.name].error:
                best[one.name] = one
        if all(one.error <= WORST for one in best.values()):
            break
    return list(best.values())


def _checked(line: str, seed: int) -> tuple[TensorCheck, ...]:
    import numpy as np

    model = build(read_network(line), batch=_ROWS, dtype=np.float64, seed=seed, logits=True)
    if model.parameter_count > _LARGEST:
        raise ValueError(
            f"the network has {model.parameter_count:,} parameters: gradients are checked of at most {_LARGEST:,}."
        )
    rng = np.random.Generator(np.random.SFC64(seed))
    words = next((layer.vocabulary for layer in model.layers if isinstance(layer, Embedding)), 0)
    inputs = [
        rng.integers(0, words, (_ROWS, *shape)) if words else rng.standard_normal((_ROWS, *shape))
        for shape in model.input_shapes
    ]
    entries = min(max(_ALL_ENTRIES // len(model.parameters()), _FEWEST), _ENTRIES)
    return gradient_check(model, *inputs, entries=entries, seed=seed).tensors


def _section(role: str, check: list[TensorCheck]) -> Step:
    rows = tuple(
        (one.name, cell(one.entries), Words(f"{one.largest:.2e}"), f"{one.error:.1e}", cell(one.kinks), "yes" if one.error <= WORST else "NO")
        for one in check
    )  # fmt: skip
    heads = ("tensor", "compared", "largest gradient", "worst relative error", "at kinks", "right")
    return section(role, Table(heads, rows))


def _data(check: list[TensorCheck]) -> list[dict[str, object]]:
    return [
        {
            "tensor": one.name,
            "compared": one.entries,
            "largest": one.largest,
            "error": one.error,
            "kinks": one.kinks,
        }
        for one in check
    ]
