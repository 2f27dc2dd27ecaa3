"""The recurrent layers against plain loops and central differences."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from naive_recurrent import (
    build_alone,
    central_difference,
    gru_step,
    lstm_step,
    rnn_step,
    run,
    weights_of,
)

from dlcalc.engine.layer import Setting
from dlcalc.engine.layers.recurrent_bidirectional import Bidirectional
from dlcalc.engine.layers.recurrent_gru import GRU
from dlcalc.engine.layers.recurrent_lstm import LSTM
from dlcalc.engine.layers.recurrent_plain import RNN

BATCH, STEPS, FEATURES, UNITS = 3, 4, 2, 5

CELLS = {
    "tanh": (RNN, {}, rnn_step, {}),
    "relu": (RNN, {"activation": "relu"}, rnn_step, {"activation": "relu"}),
    "lstm": (LSTM, {}, lstm_step, {}),
    "gru reset after": (GRU, {"reset_after": True}, gru_step, {"reset_after": True}),
    "gru reset before": (GRU, {"reset_after": False}, gru_step, {"reset_after": False}),
}


def cell(name, **options):
    kind, own, _, _ = CELLS[name]
    return kind(UNITS, **own, **options)


def states_of(name):
    return 2 if name == "lstm" else 1


def drawn(rng, *shapes):
    return [rng.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("biases", [0, 1, 2])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("given", [False, True], ids=["zero state", "given state"])
def test_every_step_and_the_last_state_agree_with_a_plain_loop(name, biases, backwards, given):
    rng = np.random.default_rng(1)
    _, _, step, options = CELLS[name]
    (sequence,) = drawn(rng, (BATCH, STEPS, FEATURES))
    states = drawn(rng, *[(BATCH, UNITS)] * states_of(name)) if given else []
    start = tuple(states) or (np.zeros((BATCH, UNITS)),) * states_of(name)
    shapes = [(STEPS, FEATURES), *[(UNITS,)] * len(states)]
    for sequences in (True, False):
        layer = cell(name, sequences=sequences, biases=biases, backwards=backwards)
        shape = build_alone(layer, *shapes, batch=BATCH)
        wanted = run(step, weights_of(layer), sequence, start, backwards=backwards, **options)
        output = layer.forward(sequence, *states, training=True)
        assert output.shape == (BATCH, *shape)
        assert output.flags.c_contiguous
        if sequences:
            expected = np.stack([state[0] for state in wanted], axis=1)
        else:
            expected = wanted[0 if backwards else -1][0]
        np.testing.assert_allclose(output, expected, rtol=0, atol=1e-13)


def assert_gradients_agree(layer, inputs, rng, *, least=1e-3):
    """Central differences of a random weighted sum of the output, by all inputs and all parameters."""
    factors = rng.normal(size=layer.forward(*inputs, training=True).shape)

    def loss():
        return float((layer.forward(*inputs, training=True) * factors).sum())

    loss()
    returned = layer.backward(factors)
    returned = returned if isinstance(returned, tuple) else (returned,)
    assert len(returned) == len(inputs)
    pairs = [(array, gradient.copy()) for array, gradient in zip(inputs, returned, strict=True)]
    pairs += [(parameter.value, parameter.gradient.copy()) for parameter in layer.parameters]
    for array, gradient in pairs:
        numeric = central_difference(loss, array)
        assert np.abs(numeric).max() > least
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("biases", [0, 1, 2])
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
@pytest.mark.parametrize("backwards", [False, True])
def test_gradients_agree_with_central_differences(name, biases, sequences, backwards):
    rng = np.random.default_rng(2)
    layer = cell(name, sequences=sequences, biases=biases, backwards=backwards)
    states = states_of(name)
    build_alone(layer, (STEPS, FEATURES), *[(UNITS,)] * states, batch=BATCH)
    inputs = drawn(rng, (BATCH, STEPS, FEATURES), *[(BATCH, UNITS)] * states)
    assert_gradients_agree(layer, inputs, rng)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
@pytest.mark.parametrize("given", [False, True], ids=["zero state", "given state"])
def test_gradients_of_both_directions(name, sequences, given):
    rng = np.random.default_rng(3)
    layer = Bidirectional(cell(name, sequences=sequences))
    states = 2 * states_of(name) if given else 0
    build_alone(layer, (STEPS, FEATURES), *[(UNITS,)] * states, batch=BATCH)
    inputs = drawn(rng, (BATCH, STEPS, FEATURES), *[(BATCH, UNITS)] * states)
    assert_gradients_agree(layer, inputs, rng)


@pytest.mark.parametrize("name", CELLS)
def test_both_directions_stand_side_by_side(name):
    rng = np.random.default_rng(4)
    _, _, step, options = CELLS[name]
    (sequence,) = drawn(rng, (BATCH, STEPS, FEATURES))
    zero = (np.zeros((BATCH, UNITS)),) * states_of(name)
    for sequences in (True, False):
        layer = Bidirectional(cell(name, sequences=sequences))
        shape = build_alone(layer, (STEPS, FEATURES), batch=BATCH)
        found = []
        for word, backwards in (("forward", False), ("backward", True)):
            weights = {
                key.removeprefix(f"{word} "): value
                for key, value in weights_of(layer).items()
                if key.startswith(word)
            }
            all_steps = run(step, weights, sequence, zero, backwards=backwards, **options)
            last = all_steps[0 if backwards else -1][0]
            found.append(np.stack([state[0] for state in all_steps], axis=1) if sequences else last)
        output = layer.forward(sequence, training=True)
        assert output.shape == (BATCH, *shape)
        np.testing.assert_allclose(output, np.concatenate(found, axis=-1), rtol=0, atol=1e-13)


def test_last_h_and_c_of_one_lstm_start_another():
    """An encoder's state goes into a decoder as one input, and the gradient comes back the same way."""
    rng = np.random.default_rng(5)
    encoder, decoder = LSTM(UNITS, cell_state=True), LSTM(UNITS, sequences=True)
    assert build_alone(encoder, (STEPS, FEATURES), batch=BATCH) == (2 * UNITS,)
    build_alone(decoder, (STEPS, FEATURES), (2 * UNITS,), batch=BATCH, seed=1)
    source, target = drawn(rng, *[(BATCH, STEPS, FEATURES)] * 2)
    zero = (np.zeros((BATCH, UNITS)),) * 2
    state = run(lstm_step, weights_of(encoder), source, zero)[-1]
    wanted = np.stack([h for h, _ in run(lstm_step, weights_of(decoder), target, state)], axis=1)
    factors = rng.normal(size=wanted.shape)

    def loss():
        state = encoder.forward(source, training=True)
        return float((decoder.forward(target, state, training=True) * factors).sum())

    loss()
    np.testing.assert_allclose(
        decoder.forward(target, encoder.forward(source, training=True), training=True), wanted
    )
    by_target, by_state = decoder.backward(factors)
    by_source = encoder.backward(by_state).copy()
    assert by_state.flags.c_contiguous
    np.testing.assert_allclose(by_target, central_difference(loss, target), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(by_source, central_difference(loss, source), rtol=1e-6, atol=1e-8)


def test_an_lstm_may_be_given_h_alone():
    rng = np.random.default_rng(6)
    layer = LSTM(UNITS)
    build_alone(layer, (STEPS, FEATURES), (UNITS,), batch=BATCH)
    sequence, h = drawn(rng, (BATCH, STEPS, FEATURES), (BATCH, UNITS))
    wanted = run(lstm_step, weights_of(layer), sequence, (h, np.zeros_like(h)))[-1][0]
    np.testing.assert_allclose(layer.forward(sequence, h, training=True), wanted)
    assert_gradients_agree(layer, [sequence, h], rng)


@pytest.mark.parametrize("name", CELLS)
def test_a_smaller_batch_gives_what_its_rows_give_in_the_full_one(name):
    rng = np.random.default_rng(7)
    layer = Bidirectional(cell(name, sequences=True))
    build_alone(layer, (STEPS, FEATURES), batch=BATCH)
    (sequence,) = drawn(rng, (BATCH, STEPS, FEATURES))
    full = layer.forward(sequence, training=True).copy()
    factors = rng.normal(size=full.shape)
    by_sequence = layer.backward(factors).copy()
    for rows in (1, 2, BATCH):
        np.testing.assert_allclose(layer.forward(sequence[:rows], training=True), full[:rows], atol=1e-13)
        np.testing.assert_allclose(layer.backward(factors[:rows]), by_sequence[:rows], atol=1e-13)
    parts = np.zeros(sum(parameter.value.size for parameter in layer.parameters))
    whole = np.concatenate([parameter.gradient.ravel() for parameter in layer.parameters])
    for rows in (slice(0, 1), slice(1, 3)):
        layer.forward(sequence[rows], training=True)
        layer.backward(factors[rows])
        parts += np.concatenate([parameter.gradient.ravel() for parameter in layer.parameters])
    np.testing.assert_allclose(parts, whole, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_frozen_or_first_layer_does_less(name, wrapped):
    rng = np.random.default_rng(8)
    layer = Bidirectional(cell(name)) if wrapped else cell(name)
    build_alone(layer, (STEPS, FEATURES), batch=BATCH)
    (sequence,) = drawn(rng, (BATCH, STEPS, FEATURES))
    factors = rng.normal(size=layer.forward(sequence, training=True).shape)
    wanted = layer.backward(factors).copy()
    for parameter in layer.parameters:
        parameter.gradient.fill(7)
    layer.frozen = True
    np.testing.assert_array_equal(layer.backward(factors), wanted)
    assert all((parameter.gradient == 7).all() for parameter in layer.parameters)
    layer.frozen, layer.first = False, True
    assert layer.backward(factors) is None
    assert not any((parameter.gradient == 7).any() for parameter in layer.parameters)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("wrapped", [False, True])
def test_inputs_and_the_gradient_are_left_as_they_are(name, wrapped):
    rng = np.random.default_rng(9)
    inner = cell(name, sequences=True)
    layer = Bidirectional(inner) if wrapped else inner
    states = states_of(name) * (2 if wrapped else 1)
    build_alone(layer, (STEPS, FEATURES), *[(UNITS,)] * states, batch=BATCH)
    inputs = drawn(rng, (BATCH, STEPS, FEATURES), *[(BATCH, UNITS)] * states)
    factors = rng.normal(size=layer.forward(*inputs, training=True).shape)
    for array in (*inputs, factors):
        array.flags.writeable = False
    layer.forward(*inputs, training=True)
    layer.backward(factors)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
def test_nothing_large_is_allocated_after_the_second_step(name, sequences):
    kind, own, _, _ = CELLS[name]
    layer = Bidirectional(kind(64, sequences=sequences, **own))
    build_alone(layer, (20, 32), batch=32, dtype=np.float32)
    rng = np.random.default_rng(10)
    sequence = rng.normal(size=(32, 20, 32)).astype(np.float32)
    factors = rng.normal(size=layer.forward(sequence, training=True).shape).astype(np.float32)
    for _ in range(2):
        layer.forward(sequence, training=True)
        layer.backward(factors)
    tracemalloc.start()
    for _ in range(2):
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        layer.forward(sequence, training=True)
        layer.backward(factors)
        assert tracemalloc.get_traced_memory()[1] - before < 64 * 1024
    tracemalloc.stop()


@pytest.mark.parametrize("name", CELLS)
def test_long_sequences_stay_finite(name):
    kind, own, _, _ = CELLS[name]
    layer = kind(16, sequences=True, **own)
    rng = np.random.default_rng(11)
    layer.build(((200, 3),), Setting(4, np.dtype(np.float32)))
    for parameter in layer.parameters:
        parameter.value = parameter.initializer(parameter.shape, rng).astype(np.float32)
        parameter.gradient = np.empty(parameter.shape, np.float32)
    sequence = rng.normal(size=(4, 200, 3)).astype(np.float32) * 10
    output = layer.forward(sequence, training=True)
    assert np.isfinite(output).all()
    by_sequence = layer.backward(np.ones_like(output))
    assert np.isfinite(by_sequence).all()
    assert np.abs(by_sequence).max() > 0
    assert all(np.isfinite(parameter.gradient).all() for parameter in layer.parameters)


@pytest.mark.parametrize("name", CELLS)
def test_weights_start_gate_by_gate(name):
    """Orthogonal recurrent blocks, Glorot's bound for each gate alone, biases 0 but for the forget gate's."""
    layer = cell(name, biases=2)
    layer.build(((STEPS, FEATURES),), Setting(BATCH))
    rng = np.random.default_rng(12)
    kernel, recurrent, *biases = (each.initializer(each.shape, rng) for each in layer.parameters)
    bound = np.sqrt(6 / (FEATURES + UNITS))
    assert 0.7 * bound < np.abs(kernel).max() <= bound
    for block in np.split(recurrent, recurrent.shape[1] // UNITS, axis=1):
        np.testing.assert_allclose(block @ block.T, np.eye(UNITS), atol=1e-12)
    wanted = np.zeros(kernel.shape[1])
    if name == "lstm":
        wanted[UNITS : 2 * UNITS] = 1
    np.testing.assert_array_equal(biases[0], wanted)
    np.testing.assert_array_equal(biases[1], 0)
    assert [each.decayed for each in layer.parameters] == [True, True, False, False]


def test_the_number_of_biases_follows_the_place_of_the_reset_gate():
    for layer, count in ((GRU(2), 2), (GRU(2, reset_after=False), 1), (LSTM(2), 1), (RNN(2), 1)):
        layer.build(((STEPS, FEATURES),), Setting(BATCH))
        assert [each.name for each in layer.parameters[2:]] == ["bias", "recurrent bias"][:count]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RNN(0), "at least one unit"),
        (lambda: LSTM(3, biases=3), "0, 1 or 2"),
        (lambda: RNN(3, activation="sigmoid"), "tanh or relu"),
        (lambda: LSTM(3, sequences=True, cell_state=True), "choose sequences or cell_state"),
        (lambda: Bidirectional(GRU(3, backwards=True)), "leave out backwards"),
    ],
)
def test_options_that_make_no_sense_are_named(make, said):
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize(
    ("layer", "shapes", "said"),
    [
        (RNN(3), [(28,)], "steps, features"),
        (RNN(3), [(28, 28, 1)], "steps, features"),
        (RNN(3), [(4, 2), (5,)], "initial state"),
        (RNN(3), [(4, 2), (6,)], "initial state"),
        (RNN(3), [(4, 2), (3, 3)], "initial state"),
        (LSTM(3), [(4, 2), (3,), (3,), (3,)], "initial state"),
        (Bidirectional(GRU(3)), [(4, 2), (3,)], "for each direction"),
        (Bidirectional(GRU(3)), [(4,)], "steps, features"),
    ],
)
def test_shapes_that_do_not_fit_are_named(layer, shapes, said):
    with pytest.raises(ValueError, match=said):
        layer.build(tuple(shapes), Setting(2))
