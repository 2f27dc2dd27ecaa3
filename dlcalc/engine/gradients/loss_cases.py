"""Random configurations of every loss and penalty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlcalc.engine.gradients.check import GradientCheck
from dlcalc.engine.gradients.draw import Case, Draw
from dlcalc.engine.layer import Array
from dlcalc.engine.layers.activations import Linear, Tanh
from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.losses.cross_entropy import CrossEntropy
from dlcalc.engine.losses.elementwise import MAE, MSE, BinaryCrossEntropy, Hinge, Reduction
from dlcalc.engine.losses.generative import DiscriminatorLoss, GaussianKL, GeneratorLoss
from dlcalc.engine.losses.penalties import L1, L2, ActivationKL, ActivationL1
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model

_REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum-per-example")


def _of_entries(kind: Any, target: Callable[[Draw, Array], Array]) -> Callable[[Draw], GradientCheck]:
    """A loss of a prediction and a target, both ways of putting the entries together in turn."""

    def check(draw: Draw) -> GradientCheck:
        prediction = draw.rows()
        loss, aim = kind(reduction=draw.in_turn(*_REDUCTIONS)), target(draw, prediction)
        return draw.check(Linear(), prediction, loss=lambda p: loss(p, aim))

    return check


def _signs(draw: Draw, prediction: Array) -> Array:
    return np.sign(draw.numbers(*prediction.shape))


def _labels(draw: Draw, prediction: Array) -> Array:
    return draw.rng.integers(0, 2, prediction.shape).astype(np.float64)


def _binary_probabilities(draw: Draw) -> GradientCheck:
    prediction = draw.shares(draw.whole(2, 4), draw.whole(1, 4))
    loss, aim = BinaryCrossEntropy(from_logits=False), draw.shares(*prediction.shape)
    return draw.check(Linear(), prediction, loss=lambda p: loss(p, aim))


def _classes(draw: Draw, prediction: Array) -> Array:
    """Class numbers and shares of the classes in turn."""
    if draw.number % 2:
        shares = draw.shares(*prediction.shape)
        return np.asarray(shares / shares.sum(axis=-1, keepdims=True))
    return draw.rng.integers(0, prediction.shape[-1], prediction.shape[:-1])


def _cross_entropy(draw: Draw) -> GradientCheck:
    prediction = draw.rows()
    loss, aim = CrossEntropy(smoothing=draw.one_of(0.0, 0.1)), _classes(draw, prediction)
    return draw.check(Linear(), prediction, loss=lambda p: loss(p, aim))


def _cross_entropy_probabilities(draw: Draw) -> GradientCheck:
    prediction = draw.shares(draw.whole(2, 4), draw.whole(2, 5))
    loss, aim = CrossEntropy(from_logits=False), _classes(draw, prediction)
    return draw.check(Linear(), prediction, loss=lambda p: loss(p, aim))


def _gaussian_kl(draw: Draw) -> GradientCheck:
    batch, code = draw.whole(2, 4), draw.whole(1, 4)
    loss = GaussianKL(weight=draw.in_turn(1.0, 4.0))
    nodes = [Node(Linear(), (0,)), Node(Linear(), (-1,))]
    model = Model(nodes, [(code,)] * 2, batch=batch, dtype=np.float64, outputs=(1, 2))
    return draw.check(
        model, draw.numbers(batch, code), draw.numbers(batch, code), loss=lambda out: loss(*out)
    )


def _discriminator(draw: Draw) -> GradientCheck:
    real, fake = draw.whole(2, 4), draw.whole(2, 4)
    loss = DiscriminatorLoss(smoothing=draw.in_turn(0.0, 0.1))
    return draw.check(Linear(), draw.numbers(real + fake, 1), loss=lambda p: loss(p[:real], p[real:]))


def _generator(kind: Any) -> Callable[[Draw], GradientCheck]:
    def check(draw: Draw) -> GradientCheck:
        return draw.check(Linear(), draw.numbers(draw.whole(2, 5), 1), loss=GeneratorLoss(kind))

    return check


class _Penalised(Model):
    """A small model whose gradients get those of a penalty added, as training does."""

    penalty: L1 | L2

    def backward(self, *gradients: Array | None, input_gradient: bool = False) -> Any:
        by_inputs = super().backward(*gradients, input_gradient=input_gradient)
        self.penalty.add_gradient(self)
        return by_inputs


def _on_weights(kind: type[L1] | type[L2]) -> Callable[[Draw], GradientCheck]:
    def check(draw: Draw) -> GradientCheck:
        x = draw.numbers(draw.whole(2, 4), draw.whole(2, 4))
        nodes = [Node(Dense(draw.whole(2, 3)), (0,)), Node(Tanh(), (1,))]
        model = _Penalised(nodes, [x.shape[1:]], batch=len(x), dtype=np.float64, seed=draw.whole(0, 99))
        model.penalty = kind(draw.in_turn(0.5, 2.0))

        def loss(output: Array) -> tuple[float, Array]:
            return float(np.sum(output)) + model.penalty.value(model), np.ones_like(output)

        return draw.check(model, x, loss=loss)

    return check


def _on_activations(penalty: ActivationL1 | ActivationKL, code: Array, draw: Draw) -> GradientCheck:
    return draw.check(Linear(), code, loss=lambda a: (penalty.value(a), penalty.gradient()))


LOSSES: tuple[Case, ...] = (
    Case(MSE, _of_entries(MSE, lambda draw, p: draw.numbers(*p.shape))),
    Case(MAE, _of_entries(MAE, lambda draw, p: draw.numbers(*p.shape))),
    Case(Hinge, _of_entries(Hinge, _signs)),
    Case(BinaryCrossEntropy, _of_entries(BinaryCrossEntropy, _labels), "logits"),
    Case(BinaryCrossEntropy, _binary_probabilities, "probabilities"),
    Case(CrossEntropy, _cross_entropy, "logits"),
    Case(CrossEntropy, _cross_entropy_probabilities, "probabilities"),
    Case(GaussianKL, _gaussian_kl),
    Case(DiscriminatorLoss, _discriminator),
    Case(GeneratorLoss, _generator("non-saturating"), "non-saturating"),
    Case(GeneratorLoss, _generator("minimax"), "minimax"),
    Case(L1, _on_weights(L1)),
    Case(L2, _on_weights(L2)),
    Case(
        ActivationL1, lambda draw: _on_activations(ActivationL1(0.5), draw.numbers(3, draw.whole(2, 5)), draw)
    ),
    Case(
        ActivationKL,
        lambda draw: _on_activations(ActivationKL(0.5, 0.1), draw.shares(3, draw.whole(2, 5)), draw),
    ),
)
