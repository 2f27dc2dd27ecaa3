"""What a recipe is: a network, its data, how it is trained, and what it promises to reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from dlcalc.engine.layer import Array

if TYPE_CHECKING:
    from dlcalc.engine.data.batches import Batches
    from dlcalc.engine.data.dataset import Dataset
    from dlcalc.engine.data.parts import Split
    from dlcalc.engine.models.model import Model
    from dlcalc.engine.training.loop import Result
    from dlcalc.engine.training.step import Step
    from dlcalc.engine.training.stopping import EarlyStopping

Figure: TypeAlias = float | int | str


@dataclass(frozen=True)
class Options:
    """What may be changed from outside; None is the recipe's own value.

    ``optimizer`` is a name of ``recipes.choices``, ``augmentation`` a text for ``read_augmentation``,
    ``early_stopping`` the epochs waited for something better (0: none), ``clip`` the largest Euclidean norm
    of the gradients.
    """

    data: Dataset | None = None
    epochs: int | None = None
    batch_size: int | None = None
    optimizer: str | None = None
    rate: float | None = None
    augmentation: str | None = None
    early_stopping: int | None = None
    clip: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Goal:
    """What a recipe promises to reach on its own data: a figure of its report and its bounds."""

    figure: str
    least: float | None = None
    most: float | None = None

    def reached(self, figures: dict[str, Figure]) -> bool:
        """Whether the figure is there and within the bounds."""
        value = figures.get(self.figure)
        if value is None or isinstance(value, str):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass
class Prepared:
    """What ``training_loop.train`` needs. ``settings`` go into the checkpoint; the test part of ``split`` is
    used once, by the report.
    """

    step: Step
    batches: Batches
    validation: Batches | None
    epochs: int
    early_stopping: EarlyStopping | None
    settings: dict[str, Any]
    split: Split | None = None


@dataclass(frozen=True)
class Gallery:
    """Pictures to look at: (n, height, width) with values 0..1, so many in a row."""

    title: str
    images: Array
    columns: int
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportTable:
    """A table of words and numbers."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Figure, ...], ...]


@dataclass
class Report:
    """What came out, as plain data: figures by name, curves (values per epoch) by title, pictures, tables,
    sentences, and the models that ``predict`` needs.
    """

    figures: dict[str, Figure]
    curves: dict[str, list[float]] = field(default_factory=dict)
    images: list[Gallery] = field(default_factory=list)
    tables: list[ReportTable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    models: dict[str, Model] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A network that trains: ``networks`` are its spec lines by role, ``data`` the name of its own data.

    ``seconds`` is about how long it takes on two cores.
    """

    name: str
    title: str
    chapter: str
    networks: dict[str, str]
    data: str
    goal: Goal
    prepare: Callable[[Options], Prepared]
    report: Callable[[Prepared, Result], Report]
    seconds: float
    note: str = ""
