"""Convolution answered again by NumPy: every window as a view, one tensor product for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlcalc.topics.convolution.conv import Conv

ROAD = "NumPy (sliding windows, one tensor product)"


def answers(problem: Conv) -> dict[str, Any]:
    """Feature maps, size, activation and pooling in floating point."""
    image = np.array(problem.input, dtype=float)
    kernels = np.array(problem.filters, dtype=float)
    if problem.flip:
        kernels = np.flip(kernels, axis=(2, 3))
    pads = [(0, 0)]
    for axis in (0, 1):
        reach = problem.dilation[axis] * (kernels.shape[2 + axis] - 1) + 1
        if problem.padding == "same":
            size, stride = image.shape[1 + axis], problem.stride[axis]
            total = max(reach - stride if size % stride == 0 else reach - size % stride, 0)
            pads.append((total // 2, total - total // 2))
        else:
            pads.append(problem.padding[2 * axis : 2 * axis + 2])  # type: ignore[arg-type]
    image = np.pad(image, pads)
    reach_h, reach_w = (d * (k - 1) + 1 for d, k in zip(problem.dilation, kernels.shape[2:], strict=True))
    views = sliding_window_view(image, (reach_h, reach_w), axis=(1, 2))
    views = views[
        :, :: problem.stride[0], :: problem.stride[1], :: problem.dilation[0], :: problem.dilation[1]
    ]
    share_in, share_out = len(image) // problem.groups, len(kernels) // problem.groups
    maps = np.concatenate(
        [
            np.einsum(
                "chwuv,fcuv->fhw",
                views[g * share_in : (g + 1) * share_in],
                kernels[g * share_out : (g + 1) * share_out],
            )
            for g in range(problem.groups)
        ]
    )
    maps = maps + np.array(problem.biases, dtype=float)[:, None, None]
    single = len(maps) == 1
    found: dict[str, Any] = {"output": maps[0] if single else maps}
    found["size"] = [*maps.shape[1:]] if single else [*maps.shape[1:], len(maps)]
    if problem.activation != "none":
        functions: dict[str, Any] = {
            "relu": lambda z: np.maximum(z, 0),
            "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
            "tanh": np.tanh,
        }
        maps = functions[problem.activation](maps)
        found["activated"] = maps[0] if single else maps
    if problem.pool != "none":
        step = problem.pool_stride or problem.pool_size
        windows = sliding_window_view(maps, problem.pool_size, axis=(1, 2))[:, :: step[0], :: step[1]]
        reduce: Any = {"max": np.max, "min": np.min, "average": np.mean}[problem.pool]
        pooled = reduce(windows, axis=(-2, -1))
        found["pooled"] = pooled[0] if single else pooled
    return found
