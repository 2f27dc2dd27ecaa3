"""The recurrent layers against PyTorch, with its weights copied: values and all gradients."""

from __future__ import annotations

import numpy as np
import pytest
from naive_recurrent import build_alone

from dlcalc.engine.layers.recurrent_bidirectional import Bidirectional
from dlcalc.engine.layers.recurrent_gru import GRU
from dlcalc.engine.layers.recurrent_lstm import LSTM
from dlcalc.engine.layers.recurrent_plain import RNN

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")

BATCH, STEPS, FEATURES, UNITS = 5, 9, 7, 6
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}

CELLS = {
    "tanh": (RNN, {}, "RNN", {"nonlinearity": "tanh"}),
    "relu": (RNN, {"activation": "relu"}, "RNN", {"nonlinearity": "relu"}),
    "lstm": (LSTM, {}, "LSTM", {}),
    "gru": (GRU, {"reset_after": True}, "GRU", {}),
}


def relative(found, wanted):
    wanted = wanted.detach().numpy()
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    assert np.linalg.norm(wanted) > 1e-3
    return np.linalg.norm(found - wanted) / np.linalg.norm(wanted)


def torch_names(both_ways, biases):
    """PyTorch's names in the order of the layer's parameters."""
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 2 + biases]
    return [f"{kind}_l0{end}" for end in ("", "_reverse")[: 1 + both_ways] for kind in kinds]


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
@pytest.mark.parametrize("biases", [0, 2])
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_values_and_gradients(name, both_ways, sequences, biases, dtype):
    kind, own, theirs, options = CELLS[name]
    inner = kind(UNITS, sequences=sequences, biases=biases, **own)
    layer = Bidirectional(inner) if both_ways else inner
    states = (2 if name == "lstm" else 1) * (1 + both_ways)
    build_alone(layer, (STEPS, FEATURES), *[(UNITS,)] * states, batch=BATCH, dtype=np.dtype(dtype).type)
    model = getattr(torch.nn, theirs)(
        FEATURES, UNITS, batch_first=True, bidirectional=both_ways, bias=biases == 2, **options
    ).to(getattr(torch, dtype))
    names = torch_names(both_ways, biases)
    with torch.no_grad():
        for mine, other in zip(layer.parameters, names, strict=True):
            getattr(model, other).copy_(torch.from_numpy(mine.value.T))

    rng = np.random.default_rng(3)
    shapes = [(BATCH, STEPS, FEATURES), *[(BATCH, UNITS)] * states]
    inputs = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    tensors = [torch.tensor(array, requires_grad=True) for array in inputs]
    per_direction = states // (1 + both_ways)
    start = [torch.stack(tensors[1 + number :: per_direction]) for number in range(per_direction)]
    all_steps, last = model(tensors[0], tuple(start) if name == "lstm" else start[0])
    hidden = last[0] if name == "lstm" else last
    wanted = all_steps if sequences else torch.cat(list(hidden), dim=-1)
    factors = rng.normal(size=wanted.shape).astype(dtype)
    (wanted * torch.from_numpy(factors)).sum().backward()

    close = TOLERANCE[dtype]
    assert relative(layer.forward(*inputs, training=True), wanted) < close
    for found, tensor in zip(layer.backward(factors), tensors, strict=True):
        assert relative(found, tensor.grad) < close
    for mine, other in zip(layer.parameters, names, strict=True):
        assert relative(mine.gradient.T, getattr(model, other).grad) < close


def test_the_last_h_and_c_of_an_lstm():
    layer = LSTM(UNITS, cell_state=True, biases=2)
    build_alone(layer, (STEPS, FEATURES), batch=BATCH)
    model = torch.nn.LSTM(FEATURES, UNITS, batch_first=True).double()
    with torch.no_grad():
        for mine, other in zip(layer.parameters, torch_names(False, 2), strict=True):
            getattr(model, other).copy_(torch.from_numpy(mine.value.T))
    sequence = np.random.default_rng(4).normal(size=(BATCH, STEPS, FEATURES))
    tensor = torch.tensor(sequence, requires_grad=True)
    _, (hidden, cell) = model(tensor)
    wanted = torch.cat([hidden[0], cell[0]], dim=1)
    factors = np.random.default_rng(5).normal(size=wanted.shape)
    (wanted * torch.from_numpy(factors)).sum().backward()
    assert relative(layer.forward(sequence, training=True), wanted) < 1e-10
    assert relative(layer.backward(factors), tensor.grad) < 1e-10
