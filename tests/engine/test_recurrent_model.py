"""Recurrent layers in a model: an encoder's state starts a decoder, and learning reaches every parameter."""

from __future__ import annotations

import numpy as np
import pytest
from naive_recurrent import central_difference

from dlcalc.engine.layers.dense import Dense
from dlcalc.engine.layers.embedding import Embedding
from dlcalc.engine.layers.recurrent_bidirectional import Bidirectional
from dlcalc.engine.layers.recurrent_gru import GRU
from dlcalc.engine.layers.recurrent_lstm import LSTM
from dlcalc.engine.models.graph import Node
from dlcalc.engine.models.model import Model

SOURCE_STEPS, TARGET_STEPS, BATCH = 5, 3, 4


def lstm_pair():
    """Words in, read both ways, then to one state (h and c) that starts the decoder of a second input."""
    return [
        Node(Embedding(6, 3), (0,)),
        Node(Bidirectional(LSTM(2, sequences=True)), (1,)),
        Node(LSTM(4, cell_state=True), (2,)),
        Node(LSTM(4, sequences=True), (-1, 3)),
        Node(Dense(2), (4,)),
    ]


def gru_pair():
    return [
        Node(Embedding(6, 3), (0,)),
        Node(GRU(4), (1,)),
        Node(GRU(4, sequences=True, reset_after=False), (-1, 2)),
        Node(Dense(2), (3,)),
    ]


@pytest.mark.parametrize("nodes", [lstm_pair, gru_pair])
def test_an_encoder_and_a_decoder_learn_together(nodes):
    model = Model(nodes(), [(SOURCE_STEPS,), (TARGET_STEPS, 2)], batch=BATCH, dtype=np.float64, seed=3)
    rng = np.random.default_rng(1)
    model.values += rng.normal(0, 0.3, model.values.shape)
    words = rng.integers(0, 5, (BATCH, SOURCE_STEPS))
    target = rng.normal(size=(BATCH, TARGET_STEPS, 2))
    factors = rng.normal(size=(BATCH, TARGET_STEPS, 2))

    def loss():
        return float((model.forward(words, target, training=True) * factors).sum())

    loss()
    _, by_target = model.backward(factors, input_gradient=True)
    by_target = by_target.copy()
    found = model.gradients.copy()
    np.testing.assert_allclose(found, central_difference(loss, model.values), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(by_target, central_difference(loss, target), rtol=1e-6, atol=1e-8)
    loss()
    model.backward(factors)
    np.testing.assert_array_equal(model.gradients, found)
    for name, parameter in model.parameters().items():
        if not name.endswith("recurrent bias"):
            assert np.abs(parameter.gradient).max() > 1e-4, name
