"""ResNets beside plain twins: the same layers with and without the short cuts, at growing depth."""

from __future__ import annotations

from dlcalc.engine.building.build import build
from dlcalc.engine.data.augmentation_pipeline import read_augmentation
from dlcalc.engine.data.batches import Batches
from dlcalc.engine.data.names import named
from dlcalc.engine.data.parts import split
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.recipes.choices import optimizer_named, settings_of
from dlcalc.engine.recipes.description import Figure, Goal, Options, Prepared, Recipe, Report, ReportTable
from dlcalc.engine.recipes.fitting import fitted
from dlcalc.engine.recipes.reporting import share_words
from dlcalc.engine.recipes.side_by_side import SideBySide
from dlcalc.engine.training.fitting import evaluate, in_order
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.step import SupervisedStep
from dlcalc.engine.training.stopping import EarlyStopping
from dlcalc.networks.spec import read_network

DEPTHS = (8, 20, 44)
"""Layers with weights on the longest path: 6n + 2 for n blocks in each of three stages."""
_FILTERS = (8, 16, 32)
_EPOCHS, _BATCH, _RATE = 6, 64, 0.05


def line_of_depth(depth: int, *, residual: bool) -> str:
    """The spec line of a network of this depth on 8x8x1, in the form of He et al. 2015 for small images.

    Three stages of 8, 16 and 32 filters; the short cut of a block that halves the image is a 1x1
    convolution. The plain twin has the same path without the short cuts.
    """
    blocks, rest = divmod(depth - 2, 6)
    if rest or blocks < 1:
        raise ValueError(f"the depth is 6n + 2 (8, 14, 20 ...), not {depth}")
    parts = ["8x8x1", f"conv {_FILTERS[0]} 3x3 same bias=no", "batchnorm relu"]
    for stage, filters in enumerate(_FILTERS):
        for block in range(blocks):
            moves = " stride=2" if stage and not block else ""
            path = (
                f"conv {filters} 3x3{moves} padding=1 bias=no -> batchnorm relu "
                f"-> conv {filters} 3x3 padding=1 bias=no -> batchnorm"
            )
            short = f" | conv {filters} 1x1{moves} bias=no -> batchnorm" if moves else ""
            parts.append(f"residual({path}{short}) relu" if residual else f"{path} relu")
    return " -> ".join([*parts, "global-average", "dense 10 softmax"])


def _prepare(options: Options) -> Prepared:
    """All networks on the same batches, each from the same seed."""
    networks = {name: read_network(line) for name, line in NETWORKS.items()}
    data = fitted(options.data or named("digits"), (8, 8, 1))
    parts = split(data, seed=options.seed)
    batch = options.batch_size or min(_BATCH, len(parts.training))
    augmentation = read_augmentation(options.augmentation) if options.augmentation else None
    batches = Batches(parts.training, batch, seed=options.seed, augmentation=augmentation)
    steps = {}
    for name, network in networks.items():
        model = build(network, batch=batch, seed=options.seed, logits=True, momentum=0.9)
        optimizer = optimizer_named(options.optimizer or "momentum", model, options.rate or _RATE)
        steps[name] = SupervisedStep(
            model, CrossEntropy(), optimizer, metrics=["accuracy"], clip=options.clip
        )
    any_model = steps[next(iter(steps))].model
    validation = in_order(parts.validation, any_model) if parts.validation is not None else None
    stopping = EarlyStopping(options.early_stopping) if options.early_stopping else None
    settings = settings_of("resnet-small", options, data.title) | {
        "classes": list(data.classes),
        "end": "softmax",
    }
    return Prepared(
        SideBySide(steps), batches, validation, options.epochs or _EPOCHS, stopping, settings, parts
    )


def _report(prepared: Prepared, result: Result) -> Report:
    """Loss and accuracy of every network, side by side by depth."""
    side, parts = prepared.step, prepared.split
    assert isinstance(side, SideBySide) and parts is not None
    test = parts.test()
    figures: dict[str, Figure] = {}
    rows: list[tuple[Figure, ...]] = []
    for name, step in side.steps.items():
        trained, tested = (
            evaluate(step.model, part, step.loss, metrics=["accuracy"]) for part in (parts.training, test)
        )
        figures |= {
            f"{name} training loss": trained["loss"], f"{name} training accuracy": trained["accuracy"],
            f"{name} test accuracy": tested["accuracy"],
        }  # fmt: skip
        kind, _, depth = name.partition("-")
        rows.append((
            int(depth), kind, step.model.parameter_count, f"{trained['loss']:.3f}",
            share_words(trained["accuracy"]), share_words(tested["accuracy"]),
        ))  # fmt: skip
    deepest = DEPTHS[-1]
    lead = float(figures[f"residual-{deepest} training accuracy"]) - float(
        figures[f"plain-{deepest} training accuracy"]
    )
    figures |= {
        f"lead of the residual net at depth {deepest}": lead,
        "parameters": sum(step.model.parameter_count for step in side.steps.values()),
        "epochs": result.epochs, "updates": result.steps, "training examples": len(parts.training),
    }  # fmt: skip
    heads = ("depth", "kind", "parameters", "training loss", "training accuracy", "test accuracy")
    curves = {
        f"training loss, {name}": [row[f"{name} loss"] for row in result.history] for name in side.steps
    }
    why = (
        "The deepest plain net holds the layers of the shallower ones, and still does worse on its own training data: "
        "that is a trouble of training, not of fitting too closely. Short cuts hand the gradient back past every block."
    )
    return Report(
        figures, curves, tables=[ReportTable("Residual and plain, by depth", heads, tuple(rows))], notes=[why],
        models=dict(side.models),
    )  # fmt: skip


NETWORKS = {
    f"{kind}-{depth}": line_of_depth(depth, residual=kind == "residual")
    for depth in DEPTHS
    for kind in ("residual", "plain")
}
"""The spec lines by kind and depth."""

RECIPES = (
    Recipe(
        "resnet-small", "Small ResNets beside their plain twins", "Image classifiers", NETWORKS, "digits",
        Goal(f"lead of the residual net at depth {DEPTHS[-1]}", least=0.3), _prepare, _report, 90,
        "The form of He et al. 2015 for small images, on 8x8 digits with a third of the filters.",
    ),
)  # fmt: skip
"""The recipe of this family."""
