"""The sparse autoencoder beside a twin without the penalty (A. Ng, CS294A lecture notes, 2011)."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.building.build import build
from dlcalc.engine.data.names import named
from dlcalc.engine.losses.elementwise import MSE
from dlcalc.engine.losses.penalties import ActivationKL
from dlcalc.engine.models.model import Model
from dlcalc.engine.recipes.choices import optimizer_named
from dlcalc.engine.recipes.description import (
    Figure,
    Gallery,
    Goal,
    Options,
    Prepared,
    Recipe,
    Report,
    ReportTable,
)
from dlcalc.engine.recipes.fitting import fitted
from dlcalc.engine.recipes.outputs import outputs_of
from dlcalc.engine.recipes.side_by_side import SideBySide, prepare_side_by_side
from dlcalc.engine.recipes.supervised import Plan
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.step import SupervisedStep
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network

LINE = "784 -> dense 128 sigmoid -> dense 784 sigmoid"
CODE = 1
"""The number of the layer whose output is the code."""

RHO, STRENGTH = 0.05, 0.001
"""The wanted mean activation of each unit, and how strongly it is wanted."""

_PLAN = Plan(epochs=120, batch_size=64, rate=3e-3, early_stopping=0)
_ACTIVE = 0.1
_SHOWN = 10
_FILTERS = 40


def with_code(network: Network, layer: int) -> Network:
    """The network with the output of that layer as its second output."""
    return Network(
        network.input, network.layers, network.text, sources=network.sources, outputs=(*network.outputs, layer)
    )  # fmt: skip


def prepare_sparse(options: Options) -> Prepared:
    """Both autoencoders from the same first weights, on the same batches."""
    data = fitted(options.data or named("digits"), (784,)).reconstructing()
    prepared = prepare_side_by_side("sparse-autoencoder", data, _PLAN, options, _steps)
    prepared.settings |= {"rho": RHO, "strength": STRENGTH}
    return prepared


def _steps(chosen: Options, batch: int) -> dict[str, SupervisedStep]:
    """The step with the penalty on the code, and the one without."""
    network = with_code(read_network(LINE), CODE)
    steps = {}
    for name, penalty in (("sparse", ActivationKL(STRENGTH, RHO)), ("plain", None)):
        model = build(network, batch=batch, seed=chosen.seed)
        optimizer = optimizer_named(chosen.optimizer or _PLAN.optimizer, model, chosen.rate)
        steps[name] = SupervisedStep(model, MSE(), optimizer, clip=chosen.clip, activity=[penalty])
    return steps


def report_sparse(prepared: Prepared, result: Result) -> Report:
    """Error and activity of both, what they rebuild and what their units look for."""
    step, parts = prepared.step, prepared.split
    assert isinstance(step, SideBySide) and parts is not None
    test = parts.test().inputs
    always = float(((parts.training.inputs.mean(axis=0) - test) ** 2).mean())
    figures: dict[str, Figure] = {}
    report = Report(figures, models=dict(step.models))
    rows: list[tuple[Figure, ...]] = []
    pictures = [test[:_SHOWN]]
    for name, model in step.models.items():
        rebuilt, codes = outputs_of(model, test)
        error, activation = float(((rebuilt - test) ** 2).mean()), float(codes.mean())
        active = float((codes > _ACTIVE).sum(axis=1).mean())
        figures |= {
            f"{name} test mse": error, f"{name} mean activation": activation,
            f"{name} units above {_ACTIVE}": active,
        }  # fmt: skip
        rows.append((name, round(error, 5), round(activation, 4), round(active, 1)))
        pictures.append(rebuilt[:_SHOWN])
        report.images.append(_looked_for(name, model))
    figures |= {
        "test mse of the mean image": always,
        "sparse mean activation over plain": float(figures["sparse mean activation"])
        / float(figures["plain mean activation"]),
        "units": model.output_shape("1.sigmoid")[0], "wanted mean activation": RHO,
        "epochs": result.epochs, "updates": result.steps,
    }  # fmt: skip
    title = "Digits of the test part, rebuilt from the sparse code, and from the plain one"
    report.images.insert(0, Gallery(title, np.concatenate(pictures).reshape(-1, 28, 28), _SHOWN))
    heads = ("autoencoder", "test MSE", "mean activation", f"units above {_ACTIVE} for an image")
    report.tables.append(ReportTable("With the penalty and without", heads, tuple(rows)))
    return report


def _looked_for(name: str, model: Model) -> Gallery:
    """The weights of the first units as pictures: what each adds to what is rebuilt, brought to 0..1."""
    weights = model.parameters()["2.dense.kernel"].value[:_FILTERS]
    largest = np.abs(weights).max(axis=1, keepdims=True)
    pictures = (0.5 + 0.5 * weights / np.maximum(largest, np.finfo(weights.dtype).tiny)).reshape(-1, 28, 28)
    return Gallery(f"What units of the {name} code add to the image (grey is nothing)", pictures, _SHOWN)


SPARSE = Recipe(
    "sparse-autoencoder", "A sparse autoencoder beside its twin without the penalty", "Autoencoders",
    {"sparse": LINE, "plain": LINE}, "digits", Goal("sparse mean activation", most=0.08),
    prepare_sparse, report_sparse, 14,
    f"128 units with a wanted mean activation of {RHO}, held there by the Kullback-Leibler divergence.",
)  # fmt: skip
