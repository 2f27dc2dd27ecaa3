"""What is to be explained: the layers that can be told on a page, the examples, the loss; all checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from dlcalc.methods.windows import Sides
from dlcalc.networks.kinds.layers import Activation, Flatten, Layer
from dlcalc.networks.kinds.layers import Dense as DenseLayer
from dlcalc.networks.kinds.pooling import Pool
from dlcalc.networks.kinds.windows import Conv
from dlcalc.networks.network import Network
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.numbers import Number

MOST_PARAMETERS = 60
MOST_EXAMPLES = 8
MOST_INPUTS = 64

FUNCTIONS = ("sigmoid", "tanh", "relu", "leaky-relu", "linear", "softmax")
LOSSES = {"mse": "mean squared error", "bce": "binary cross-entropy", "cross-entropy": "cross-entropy"}
_END = {"bce": "sigmoid", "cross-entropy": "softmax"}
"""What a loss works on: it brings this function along where the network ends without one."""


class Dense(NamedTuple):
    """A dense layer with its activation; ``name`` is what the engine calls it."""

    number: int
    name: str
    inputs: int
    units: int
    biased: bool
    function: str


class Front(NamedTuple):
    """A convolution of a one-channel image with its activation, and the pooling behind it.

    ``pooling`` is "max", "average" or, where there is none, "".
    """

    name: str
    filters: int
    sides: tuple[Sides, Sides]
    biased: bool
    function: str
    pooling: str
    pool_sides: tuple[Sides, Sides]


class Example(NamedTuple):
    """An input (a vector, or the rows of an image) and the target of every output."""

    x: Any
    y: tuple[Number, ...]

    @property
    def zeros(self) -> int:
        """How many numbers of the input say nothing about the weights they meet."""
        return sum(not number for row in self.x for number in (row if isinstance(row, tuple) else (row,)))


class Plan(NamedTuple):
    """All that a step is made of. ``brought`` is the function the loss brought along, or ""."""

    front: Front | None
    dense: tuple[Dense, ...]
    loss: str
    brought: str
    slope: Number

    @property
    def outputs(self) -> int:
        return self.dense[-1].units

    @property
    def functions(self) -> list[str]:
        """The activations from the first layer to the last."""
        return [*([self.front.function] if self.front else []), *(layer.function for layer in self.dense)]


def read_plan(network: Network, loss: str, slope: Number) -> Plan:
    """The plan of a network; ``InputError`` for layers and losses that are not told."""
    if loss not in LOSSES:
        raise InputError(
            f"is not a loss that is explained: {loss}", nearest(loss, LOSSES) or f"Known are {', '.join(LOSSES)}.",
            where="loss",
        )  # fmt: skip
    if not network.is_chain or len(network.inputs) > 1:
        raise _trouble("branches", "Take a network whose layers follow one another.")
    count = sum(
        math.prod(each.shape)
        for number, layer in enumerate(network.layers, 1)
        for each in layer.weights_of(network.sizes_into(number))
    )
    if count > MOST_PARAMETERS:
        raise _trouble(
            f"has {count:,} parameters, and a page has room for {MOST_PARAMETERS}",
            "Take a smaller one, for example 2 -> dense 2 sigmoid -> dense 1 sigmoid.",
        )
    front, rest = _read_front(network)
    dense: list[Dense] = []
    for number in range(rest, len(network.layers) + 1):
        layer = network.layers[number - 1]
        if isinstance(layer, Activation) and dense and not dense[-1].function:
            dense[-1] = dense[-1]._replace(function=layer.function)
        elif isinstance(layer, DenseLayer):
            (size,) = network.sizes_into(number)
            inputs, units = math.prod(side or 0 for side in size), layer.units
            dense.append(
                Dense(
                    len(dense) + 1 + bool(front),
                    f"{number}.dense",
                    inputs,
                    units,
                    layer.bias,
                    layer.activation,
                )
            )
        elif not isinstance(layer, Flatten):
            raise _unknown(layer)
    if not dense:
        raise _trouble("ends without a dense layer", "Put one behind it: -> flatten -> dense 1.")
    found = tuple(layer._replace(function=layer.function or "linear") for layer in dense)
    plan = Plan(front, found, loss, "", slope)
    brought = _brought(plan)
    if not brought:
        return plan
    return plan._replace(dense=(*found[:-1], found[-1]._replace(function=brought)), brought=brought)


def _brought(plan: Plan) -> str:
    """Checks the activations; returns the one that the loss brings along."""
    *inner, last = plan.functions
    for function in plan.functions:
        if function not in FUNCTIONS:
            raise _trouble(f"has an activation that is not explained: {function}", _known_functions())
    if "softmax" in inner:
        raise _trouble("has a softmax in front of its last layer", "A softmax is told at the end only.")
    if last == "softmax" and plan.outputs == 1:
        raise _trouble(
            "has a softmax of one unit, which is always 1", "Take dense 1 sigmoid, or dense 2 softmax."
        )
    wanted = _END.get(plan.loss, "")
    if last == "softmax" and wanted != "softmax":
        raise InputError(f"does not go with a softmax here: {plan.loss}", "Take cross-entropy.", where="loss")
    if wanted and last not in (wanted, "linear"):
        raise InputError(
            f"needs probabilities, and the network ends with {last}", f"End it with {wanted}, or take mse.", where="loss"
        )  # fmt: skip
    if wanted == "softmax" and plan.outputs == 1:
        raise InputError("needs an output for every class, and there is one", "Take bce.", where="loss")
    return wanted if last == "linear" else ""


def _read_front(network: Network) -> tuple[Front | None, int]:
    """The convolution at the beginning, if there is one, and the number of the first layer behind it."""
    layers = network.layers
    if len(network.input) == 1 or not isinstance(layers[0], Conv):
        return None, 1
    conv, number = layers[0], 1
    height, width, *channels = network.input
    sides = conv.sides(network.input)
    plain = channels == [1] and conv.groups == 1 and conv.dilation == (1, 1) and sides is not None
    if not plain or len(conv.kernel) != 2 or (height or 0) * (width or 0) > MOST_INPUTS:
        raise _trouble(
            "begins with a convolution that is not explained",
            "Take an image of one channel and at most "
            f"{MOST_INPUTS} numbers, without dilation: 4x4x1 -> conv 1 3x3 relu -> maxpool 2 -> flatten -> dense 2.",
        )
    function, pooling = conv.activation, ""
    assert sides is not None
    assert conv.filters is not None
    if number < len(layers) and isinstance(layers[number], Activation) and not function:
        function, number = layers[number].function, number + 1  # type: ignore[attr-defined]
    pool_sides: Any = ()
    if number < len(layers) and isinstance(layers[number], Pool):
        pool: Any = layers[number]
        zeros = pool.padding == "same" or any(pool.padding)
        if pool.operation == "min" or zeros or pool.ceil or pool.is_dilated or pool.activation:
            raise _trouble("has a pooling that is not explained", "Take maxpool or avgpool without padding.")
        pooling, pool_sides, number = pool.operation, pool.sides(network.sizes[number]), number + 1
    front = Front(
        "1.conv",
        conv.filters,
        (sides[0], sides[1]),
        bool(conv.has_bias),
        function or "linear",
        pooling,
        pool_sides,
    )
    return front, number + 1


def read_examples(
    network: Network, plan: Plan, inputs: Any, targets: Any, places: int
) -> tuple[Example, ...]:
    """The batch, every number rounded to ``places`` decimals and exact from then on."""
    rows, wanted = _listed(inputs, "inputs"), _listed(targets, "targets")
    if len(rows) != len(wanted) or not 1 <= len(rows) <= MOST_EXAMPLES:
        raise InputError(
            f"has {len(rows)} examples, and there are {len(wanted)} targets",
            f"Give a target for every example, and at most {MOST_EXAMPLES} examples.",
            where="inputs",
        )
    examples = []
    for row, target in zip(rows, wanted, strict=True):
        x: Any = tuple(_numbers(row, "inputs", places))
        size = math.prod(side or 0 for side in network.input)
        if len(x) != size:
            raise InputError(
                f"has {len(x)} numbers in an example, and the network takes {size}",
                "Give as many.",
                where="inputs",
            )
        if plan.front:
            width = network.input[1] or 1
            x = tuple(x[at : at + width] for at in range(0, size, width))
        examples.append(Example(x, _target(plan, target, places)))
    return tuple(examples)


def _target(plan: Plan, target: Any, places: int) -> tuple[Number, ...]:
    found = tuple(_numbers(target, "targets", places))
    outputs = plan.outputs
    if (
        plan.loss == "cross-entropy"
        and len(found) == 1
        and isinstance(found[0], int)
        and 0 <= found[0] < outputs
    ):
        return tuple(int(at == found[0]) for at in range(outputs))
    if len(found) != outputs:
        raise InputError(
            f"has {len(found)} numbers for {outputs} outputs",
            "Give one for each"
            + (
                f", or the number of the class from 0 to {outputs - 1}."
                if plan.loss == "cross-entropy"
                else "."
            ),
            where="targets",
        )
    if plan.loss != "mse" and not all(0 <= y <= 1 for y in found):
        raise InputError("are no probabilities", "Give numbers between 0 and 1.", where="targets")
    if plan.loss == "cross-entropy" and sum(found) != 1:
        raise InputError("do not sum to 1", "Give one probability for each class.", where="targets")
    return found


def rounded(number: Any, places: int) -> Number:
    """A float as the exact decimal it is rounded to."""
    exact = Fraction(str(round(float(number), places)))
    return exact.numerator if exact.denominator == 1 else exact


def _numbers(raw: Any, where: str, places: int) -> Iterable[Number]:
    for each in _flat(raw):
        if isinstance(each, bool) or not isinstance(each, (int, float, Fraction)) or not math.isfinite(each):
            raise InputError(
                f"has something that is no number: {str(each)[:40]}", "Give numbers.", where=where
            )
        yield rounded(each, places)


def _flat(raw: Any) -> Iterable[Any]:
    if isinstance(raw, (list, tuple)):
        for each in raw:
            yield from _flat(each)
    else:
        yield raw


def _listed(raw: Any, where: str) -> Sequence[Any]:
    found = raw.tolist() if hasattr(raw, "tolist") else raw
    if not isinstance(found, (list, tuple)):
        raise InputError("is not a list of examples", "Give a row for every example.", where=where)
    return found


def _trouble(what: str, expected: str) -> InputError:
    return InputError(what, expected, where="network")


def _unknown(layer: Layer) -> InputError:
    return _trouble(
        f"has a layer that is not explained: {layer.label}",
        "A page tells dense layers, and in front of them one convolution with its pooling. "
        + _known_functions(),
    )


def _known_functions() -> str:
    return f"Activations: {', '.join(FUNCTIONS)}."
