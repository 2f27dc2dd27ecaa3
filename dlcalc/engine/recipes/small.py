"""The smallest networks: XOR with a hidden layer and without one, and a deep network of dense layers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.parts import Split
from dlcalc.engine.data.toys import generator, xor
from dlcalc.engine.layer import Array
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import Optimizer
from dlcalc.engine.recipes.choices import optimizer_named, settings_of
from dlcalc.engine.recipes.description import Goal, Options, Prepared, Recipe, Report, ReportTable
from dlcalc.engine.recipes.fitting import fitted
from dlcalc.engine.recipes.supervised import Plan, supervised_recipe
from dlcalc.engine.training.fitting import predict
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.step import SupervisedStep
from dlcalc.networks.spec import read_network

_XOR = "2 -> dense 2 tanh -> dense 1 sigmoid"
_SINGLE = "2 -> dense 1 sigmoid"
_UPDATES = 3000
_RATE = 0.1
_PATIENCE = 500
"""Updates after which a start that has not solved it is given up."""
_NEVER = 10**9
_SOLVED = 0.1
"""A loss below this says every point with a probability of at least exp(-4 * 0.1), 0.67."""


class RestartingStep(SupervisedStep):
    """Starts again from fresh weights where ``patience`` updates have not brought the loss below ``solved``.

    ``starts`` counts the first one too.
    """

    def __init__(
        self,
        model: Model,
        optimizer: Optimizer,
        *,
        patience: int,
        solved: float = _SOLVED,
        clip: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(model, BinaryCrossEntropy(), optimizer, metrics=["accuracy"], clip=clip)
        self.generators = {"starts": generator(seed)}
        self.starts = 1
        self._patience = patience
        self._solved = solved
        self._fresh = optimizer.state()

    def step(self, inputs: Array, targets: Array) -> dict[str, float]:
        figures = super().step(inputs, targets)
        if self.optimizer.steps == self._patience and figures["loss"] > self._solved:
            self._start_again()
        return figures

    def _start_again(self) -> None:
        self.starts += 1
        for parameter in self.model.parameters().values():
            parameter.value[...] = parameter.initializer(parameter.shape, self.generators["starts"])
        self.optimizer.load_state(self._fresh)

    def state(self) -> dict[str, Array]:
        return super().state() | {"starts": np.array(self.starts, np.int64)}

    def load_state(self, state: Mapping[str, Array]) -> None:
        super().load_state(state)
        self.starts = int(state["starts"])


def _prepare(name: str, line: str, patience: int, options: Options) -> Prepared:
    """Four points in one batch, and weights from the seed."""
    network = read_network(line)
    data = fitted(options.data or xor(), (2,)).as_numbers()
    if len(data) > 1000:
        raise DataError(f"{name} learns from all points at once: {len(data):,} are too many, 1,000 the most.")
    if options.batch_size not in (None, len(data)) or options.augmentation or options.early_stopping:
        raise DataError(
            f"{name} learns from all {len(data)} points in every update until its updates are done: "
            "batch size, augmentation and early stopping do not apply."
        )
    model = build(network, batch=len(data), seed=options.seed, logits=True)
    optimizer = optimizer_named(
        options.optimizer or "adam", model, options.rate or (None if options.optimizer else _RATE)
    )
    step = RestartingStep(model, optimizer, patience=patience, clip=options.clip, seed=options.seed)
    used = Options(
        batch_size=len(data), optimizer=options.optimizer or "adam", rate=optimizer.rate, clip=options.clip,
        seed=options.seed,
    )  # fmt: skip
    settings = settings_of(name, used, data.title) | {"classes": ["0", "1"], "end": "sigmoid"}
    return Prepared(
        step, Batches(data, len(data), shuffle=False), None, options.epochs or _UPDATES, None, settings,
        Split(data, None, None),
    )  # fmt: skip


def _report(prepared: Prepared, result: Result) -> Report:
    step, parts = prepared.step, prepared.split
    assert isinstance(step, RestartingStep) and parts is not None
    data = parts.training
    chances = predict(step.model, data.inputs, activation="sigmoid")
    right = (chances > 0.5) == (data.targets > 0.5)
    rows = tuple(
        (*map(float, point), int(target[0]), float(chance[0]), "yes" if fine[0] else "no")
        for point, target, chance, fine in zip(data.inputs, data.targets, chances, right, strict=True)
    )
    figures: dict[str, float | int | str] = {
        "points right": int(right.sum()), "points": len(data), "loss": result.history[-1]["loss"],
        "starts": step.starts, "parameters": step.model.parameter_count, "updates": result.steps,
    }  # fmt: skip
    heads = (*(f"x{at}" for at in range(1, data.inputs.shape[1] + 1)), "target", "probability", "right")
    return Report(figures, tables=[ReportTable("Every point", heads, rows)], models=dict(step.models))


def _report_single(prepared: Prepared, result: Result) -> Report:
    report = _report(prepared, result)
    report.notes.append(
        "Why it cannot: a single layer says yes on one side of the straight line w₁·x₁ + w₂·x₂ + b = 0. XOR would need "
        "b < 0, w₂ + b > 0, w₁ + b > 0 and w₁ + w₂ + b < 0; the second and third together say w₁ + w₂ + 2b > 0, so "
        "w₁ + w₂ + b > −b > 0, against the fourth. At most 3 of the 4 points can be right; the loss goes to ln 2 = 0.693, "
        "which is guessing."
    )
    return report


RECIPES = (
    Recipe(
        "xor", "XOR with two hidden units", "Small", {"model": _XOR}, "xor", Goal("points right", least=4),
        partial(_prepare, "xor", _XOR, _PATIENCE), _report, 1,
        f"A start that has not solved it after {_PATIENCE:,} updates is given up for a new one.",
    ),
    Recipe(
        "perceptron-xor", "XOR with a single layer, which cannot", "Small", {"model": _SINGLE}, "xor",
        Goal("points right", most=3), partial(_prepare, "perceptron-xor", _SINGLE, _NEVER), _report_single, 1,
    ),
    supervised_recipe(
        "deep-ffnn", "A deep feed-forward network", "Small",
        "64 -> dense 128 relu -> dense 64 relu -> dense 32 relu -> dense 10 softmax",
        Goal("test accuracy", least=0.95), plan=Plan(epochs=40, early_stopping=8), seconds=3,
    ),
)  # fmt: skip
"""The recipes of this family."""
