"""Which layers run backward, in which order, and where their gradients go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from dlcalc.engine.layer import Array, Layer
from dlcalc.engine.models.graph import Graph


class Delivery(NamedTuple):
    """Where one gradient that a layer returns goes.

    ``place`` is its place in the returned tuple, -1 where the layer returns one array; ``sum_buffer`` is
    None for the first gradient to reach a slot.
    """

    place: int
    slot: int
    sum_buffer: Array | None


class BackwardPlan(NamedTuple):
    """The calls of one backward pass, for one choice of frozen layers and of wanted gradients.

    ``first`` says for each layer whether nobody asks for the gradient of its inputs. ``untouched`` holds
    gradients of trainable parameters that no loss reaches: they are set to zero.
    """

    steps: tuple[tuple[Callable[[Array], Any], int, tuple[Delivery, ...]], ...]
    first: tuple[bool, ...]
    untouched: tuple[Array, ...]


def plan_backward(
    graph: Graph,
    sum_buffers: Sequence[Array | None],
    *,
    wanted_inputs: Sequence[bool],
    given_outputs: Sequence[bool],
) -> BackwardPlan:
    """The plan for the layers as they are frozen now.

    ``wanted_inputs`` says which inputs of the model need their gradient, ``given_outputs`` which outputs
    have one; ``sum_buffers`` has an array for each slot that is read more than once.
    """
    needed = _needed(graph, wanted_inputs)
    reached = {slot for slot, given in zip(graph.outputs, given_outputs, strict=True) if given}
    steps = []
    asked = [
        [layer.passes_gradient and needed[slot] for slot in sources]
        for layer, sources in zip(graph.layers, graph.sources, strict=True)
    ]
    untouched: list[Array] = []
    for index in reversed(range(len(graph.layers))):
        layer, sources, slot = graph.layers[index], graph.sources[index], graph.slot_of(index)
        if slot not in reached:
            untouched += [] if layer.frozen else [each.gradient for each in layer.parameters]
            continue
        if not needed[slot]:
            continue
        deliveries = []
        for place, source in enumerate(sources):
            if asked[index][place]:
                buffer = sum_buffers[source] if source in reached else None
                deliveries.append(Delivery(place if len(sources) > 1 else -1, source, buffer))
                reached.add(source)
        steps.append((layer.backward, slot, tuple(deliveries)))
    return BackwardPlan(tuple(steps), tuple(not any(each) for each in asked), tuple(untouched))


def _needed(graph: Graph, wanted_inputs: Sequence[bool]) -> list[bool]:
    """For each slot: does something in front of it, or the caller, need the gradient there?"""
    needed = list(wanted_inputs)
    for layer, sources in zip(graph.layers, graph.sources, strict=True):
        needed.append(gradient_needed(layer, [needed[slot] for slot in sources]))
    return needed


def gradient_needed(layer: Layer, sources: Sequence[bool]) -> bool:
    """Whether the gradient at a layer's output serves anything, given whether its inputs need theirs."""
    trains = bool(layer.parameters) and not layer.frozen
    return trains or (layer.passes_gradient and any(sources))
