"""Recipes for one network that predicts: classes, numbers, or its own input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.data.augmentation_pipeline import read_augmentation
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.names import named
from dlcalc.engine.data.parts import Split, Standardizer, split
from dlcalc.engine.layer import Shape
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MSE, BinaryCrossEntropy, Loss
from dlcalc.engine.recipes.choices import optimizer_named, settings_of
from dlcalc.engine.recipes.description import Goal, Options, Prepared, Recipe
from dlcalc.engine.recipes.fitting import fitted
from dlcalc.engine.recipes.reporting import report_supervised
from dlcalc.engine.training.fitting import in_order
from dlcalc.engine.training.step import SupervisedStep
from dlcalc.engine.training.stopping import EarlyStopping
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network

Choice = TypeVar("Choice")

_LARGEST_PLAIN = 20.0  # tables with larger numbers are standardised


@dataclass(frozen=True)
class Plan:
    """How a recipe trains unless told otherwise.

    ``early_stopping`` and the shares ``validation`` and ``test`` are none at 0; ``rate`` None is the
    optimizer's own; ``slope`` is that of leaky ReLUs, ``momentum`` that of batch norm's running values.
    """

    epochs: int = 20
    batch_size: int = 32
    optimizer: str = "adam"
    rate: float | None = None
    augmentation: str = ""
    early_stopping: int = 5
    clip: float | None = None
    validation: float = 0.15
    test: float = 0.15
    slope: float = 0.01
    momentum: float = 0.9

    def with_options(self, options: Options, rows: int) -> Options:
        """The options with the plan's values where nothing was asked for; batches no larger than the data."""
        return Options(
            epochs=_chosen(options.epochs, self.epochs),
            batch_size=_chosen(options.batch_size, min(self.batch_size, rows)),
            optimizer=_chosen(options.optimizer, self.optimizer),
            rate=self.rate if options.rate is None and options.optimizer is None else options.rate,
            augmentation=_chosen(options.augmentation, self.augmentation),
            early_stopping=_chosen(options.early_stopping, self.early_stopping),
            clip=_chosen(options.clip, self.clip),
            seed=options.seed,
        )


def supervised_recipe(
    name: str,
    title: str,
    chapter: str,
    line: str,
    goal: Goal,
    *,
    data: str = "digits",
    plan: Plan | None = None,
    seconds: float = 10.0,
    note: str = "",
) -> Recipe:
    """The recipe of one network; ``line`` is whatever ``read_network`` reads."""
    made = partial(prepare_supervised, name, line, data, plan or Plan())
    return Recipe(name, title, chapter, {"model": line}, data, goal, made, report_supervised, seconds, note)


def prepare_supervised(name: str, line: str, data: str, plan: Plan, options: Options) -> Prepared:
    """Model, batches and step of one network on its data.

    Raises ``ValueError`` where data, network and options do not fit each other.
    """
    network = read_network(line)
    dataset, loss = task_of(network, options.data or named(data, seed=options.seed))
    parts, scale = _scaled(split(dataset, plan.validation, plan.test, options.seed))
    chosen = plan.with_options(options, len(parts.training))
    assert chosen.batch_size and chosen.optimizer and chosen.epochs and chosen.early_stopping is not None
    augmentation = read_augmentation(chosen.augmentation) if chosen.augmentation else None
    batches = Batches(parts.training, chosen.batch_size, seed=chosen.seed, augmentation=augmentation)
    end = _end_of(loss)
    model = build(
        network, batch=chosen.batch_size, seed=chosen.seed, logits=bool(end),
        slope=plan.slope, momentum=plan.momentum,
    )  # fmt: skip
    optimizer = optimizer_named(chosen.optimizer, model, chosen.rate)
    step = SupervisedStep(model, loss, optimizer, metrics=["accuracy"] if end else [], clip=chosen.clip)
    settings = settings_of(name, chosen, dataset.title) | {
        "rate": optimizer.rate, "classes": list(dataset.classes), "end": end, "slope": plan.slope,
        "networks": {"model": line},
    }  # fmt: skip
    if scale is not None:
        settings["standardizer"] = {key: value.tolist() for key, value in scale.state.items()}
    validation = in_order(parts.validation, model) if parts.validation is not None else None
    stopping = EarlyStopping(chosen.early_stopping) if chosen.early_stopping else None
    return Prepared(step, batches, validation, chosen.epochs, stopping, settings, parts)


def task_of(network: Network, data: Dataset) -> tuple[Dataset, Loss]:
    """The data as the network takes them, and the loss that fits what it gives.

    Classes are learned with the cross-entropy, two classes with one output with the binary one, numbers
    with the MSE; a network that gives what it takes reconstructs. Raises ``ValueError`` for others.
    """
    if len(network.inputs) > 1 or len(network.outputs) > 1:
        raise DataError("a network with one input and one output is trained here; this one has more.")
    takes, gives = _shape(network.sizes[0]), _shape(network.sizes[network.outputs[0]])
    classes, per_example = len(data.classes), data.targets.shape[1:]
    if classes and gives == (*per_example, classes):
        return fitted(data, takes), CrossEntropy()
    if classes == 2 and gives == (1,) and not per_example:
        return fitted(data, takes).as_numbers(), BinaryCrossEntropy()
    if gives == takes and data.inputs.dtype.kind == "f":
        return fitted(data, takes).reconstructing(), MSE()
    if not classes and gives == per_example:
        return fitted(data, takes), MSE()
    targets = f"{classes} classes" if classes else f"targets of {_told(per_example)}"
    advice = f" End it with dense {classes} softmax." if classes else ""
    raise DataError(f"the network gives {_told(gives)}, and the data have {targets}.{advice}")


def _chosen(asked: Choice | None, own: Choice) -> Choice:
    return own if asked is None else asked


def _end_of(loss: Loss) -> str:
    """The activation that makes probabilities of what the model gives, "" where it gives values."""
    if isinstance(loss, CrossEntropy):
        return "softmax"
    return "sigmoid" if isinstance(loss, BinaryCrossEntropy) else ""


def _scaled(parts: Split) -> tuple[Split, Standardizer | None]:
    """Tables of large numbers standardised by their training part; all others as they are."""
    inputs = parts.training.inputs
    is_table = inputs.ndim == 2 and inputs.dtype.kind == "f" and parts.training.targets is not inputs
    if not is_table or float(np.abs(inputs).max()) <= _LARGEST_PLAIN:
        return parts, None
    return parts.standardized()


def _shape(size: tuple[int | None, ...]) -> Shape:
    """A size of a network that is known throughout."""
    if None in size:
        raise DataError("the network leaves a size of its input open: write all of them.")
    return tuple(int(side or 0) for side in size)


def _told(shape: Shape) -> str:
    if len(shape) > 1:
        return "x".join(map(str, shape))
    return f"{shape[0]} number{'s' * (shape[0] != 1)}" if shape else "1 number"
