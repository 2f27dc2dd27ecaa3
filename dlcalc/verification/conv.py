"""Convolution answered again by the training engine: its layers on the same image, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcalc.engine.layer import Layer
from dlcalc.engine.layers import activations, convolution
from dlcalc.engine.models.model import Model
from dlcalc.topics.convolution.conv import Conv
from dlcalc.verification.pool import Maps, pooled

ROAD = "the training engine's own Conv layer (in NumPy)"

_ACTIVATIONS: dict[str, type[Layer]] = {
    "relu": activations.ReLU,
    "sigmoid": activations.Sigmoid,
    "tanh": activations.Tanh,
}


def answers(problem: Conv) -> dict[str, Any]:
    """Feature maps, size, activation and pooling in floating point."""
    kernels = np.array(problem.filters, dtype=float)
    if problem.flip:  # the engine's layer never turns its kernel
        kernels = np.flip(kernels, axis=(2, 3))
    filters, _, height, width = kernels.shape
    layers: list[Layer] = [
        convolution.Conv(
            filters,
            (height, width),
            stride=problem.stride,
            padding=problem.padding,  # type: ignore[arg-type]
            dilation=problem.dilation,
            groups=problem.groups,
        )
    ]
    if problem.activation != "none":
        layers.append(_ACTIVATIONS[problem.activation]())
    image = np.array(problem.input, dtype=float).transpose(1, 2, 0)
    model = Model.sequential(layers, image.shape, batch=1, dtype=np.float64)
    kernel, bias = model.parameters().values()
    kernel.value[...] = kernels.transpose(2, 3, 1, 0)
    bias.value[...] = np.array(problem.biases, dtype=float)
    model.forward(np.ascontiguousarray(image)[None])

    def maps_behind(place: int) -> Maps:
        behind: Maps = model.output_of(model.names[place])[0].transpose(2, 0, 1)
        return behind

    maps = maps_behind(0)
    single = filters == 1

    def told(found: Maps) -> Any:
        return found[0] if single else found

    found = {"output": told(maps), "size": [*maps.shape[1:]] if single else [*maps.shape[1:], filters]}
    if problem.activation != "none":
        found["activated"] = told(maps_behind(1))
    if problem.pool != "none":
        found["pooled"] = told(pooled(maps_behind(-1), problem.pool, *problem.pool_sides))
    return found
