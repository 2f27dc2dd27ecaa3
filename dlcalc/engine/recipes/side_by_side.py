"""Several networks trained on the same batches, so that only what differs between them can make the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dlcalc.engine.data.augmentation_pipeline import read_augmentation
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.parts import split
from dlcalc.engine.layer import Array
from dlcalc.engine.recipes.choices import settings_of
from dlcalc.engine.recipes.description import Options, Prepared
from dlcalc.engine.recipes.supervised import Plan
from dlcalc.engine.training.fitting import in_order
from dlcalc.engine.training.step import Step, SupervisedStep
from dlcalc.engine.training.stopping import EarlyStopping


class SideBySide(Step):
    """Several networks that learn from the same batches, each with its own optimizer.

    Figures are those of the networks by name ("lstm loss"), after "loss", their mean. ``evaluate`` goes
    through the batches once for each network.
    """

    def __init__(self, steps: Mapping[str, SupervisedStep]) -> None:
        self.steps = dict(steps)
        self.models = {name: step.model for name, step in steps.items()}
        self.optimizers = {name: step.optimizer for name, step in steps.items()}

    def step(self, inputs: Array, targets: Array) -> dict[str, float]:
        return _together({name: step.step(inputs, targets) for name, step in self.steps.items()})

    def evaluate(self, batches: Iterable[tuple[Array, Array]]) -> dict[str, float]:
        return _together({name: step.evaluate(batches) for name, step in self.steps.items()})


def _together(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    mean = sum(found["loss"] for found in figures.values()) / len(figures)
    return {"loss": mean} | {
        f"{name} {figure}": value for name, found in figures.items() for figure, value in found.items()
    }


def prepare_side_by_side(
    name: str,
    data: Dataset,
    plan: Plan,
    options: Options,
    make: Callable[[Options, int], Mapping[str, SupervisedStep]],
) -> Prepared:
    """Networks on the same parts and batches of data; ``make`` gets all options and the rows of a batch."""
    parts = split(data, plan.validation, plan.test, options.seed)
    chosen = plan.with_options(options, len(parts.training))
    assert chosen.batch_size is not None and chosen.epochs is not None
    steps = make(chosen, chosen.batch_size)
    first = next(iter(steps.values()))
    augmentation = read_augmentation(chosen.augmentation) if chosen.augmentation else None
    batches = Batches(parts.training, chosen.batch_size, seed=chosen.seed, augmentation=augmentation)
    validation = None if parts.validation is None else in_order(parts.validation, first.model)
    stopping = EarlyStopping(chosen.early_stopping) if chosen.early_stopping else None
    settings = settings_of(name, chosen, data.title) | {"rate": first.optimizer.rate}
    return Prepared(SideBySide(steps), batches, validation, chosen.epochs, stopping, settings, parts)
