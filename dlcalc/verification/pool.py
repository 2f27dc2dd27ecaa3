"""Pooling answered again by NumPy: the input inside a frame of NaN, every window as a view."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlcalc.topics.convolution.pool import Pool

ROAD = "NumPy (sliding windows over a frame of NaN)"


def answers(problem: Pool) -> dict[str, Any]:
    """Output, size and share removed in floating point."""
    image = np.array([[[float(n) for n in row] for row in channel] for channel in problem.input])
    reduce = problem.kind.removeprefix("global-")
    if problem.kind.startswith("global-"):
        vector = image.max(axis=(1, 2)) if reduce == "max" else image.mean(axis=(1, 2))
        return _found(vector, [len(vector)], image)
    assert problem.size is not None
    kernel, stride = problem.size, problem.stride or problem.size
    steps: list[int] = []
    padding: list[tuple[int, int]] = []
    overhang: list[tuple[int, int]] = []
    for axis in (0, 1):
        size = image.shape[1 + axis]
        if problem.padding == "same":
            steps.append(-(-size // stride[axis]))
            total = max((steps[axis] - 1) * stride[axis] + kernel[axis] - size, 0)
            pads = (total // 2, total - total // 2)
        else:
            pads = (int(problem.padding[2 * axis]), int(problem.padding[2 * axis + 1]))
            room = size + sum(pads) - kernel[axis]
            steps.append((room + (stride[axis] - 1) * problem.ceil) // stride[axis] + 1)
            if problem.ceil and (steps[axis] - 1) * stride[axis] >= size + pads[0]:
                steps[axis] -= 1
        padding.append(pads)
        overhang.append((0, max((steps[axis] - 1) * stride[axis] + kernel[axis] - size - sum(pads), 0)))
    # What a last window may hang over is framed with NaN as well, but is no place of padding.
    counted = np.pad(np.pad(np.ones(image.shape[1:]), padding, constant_values=1), overhang)
    frame = np.pad(
        np.pad(image, [(0, 0), *padding], constant_values=np.nan), [(0, 0), *overhang], constant_values=np.nan
    )
    windows = sliding_window_view(frame, kernel, axis=(1, 2))[:, :: stride[0], :: stride[1]]
    windows = windows[:, : steps[0], : steps[1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a window of nothing but NaN would be a fault
        if reduce == "average":
            sums, places = np.nansum(windows, axis=(-2, -1)), (~np.isnan(windows)).sum(axis=(-2, -1))
            if problem.count_padding:
                places = sliding_window_view(counted, kernel)[:: stride[0], :: stride[1]].sum(axis=(-2, -1))
                places = places[: steps[0], : steps[1]]
            maps = sums / places
        else:
            maps = {"max": np.nanmax, "min": np.nanmin}[reduce](windows, axis=(-2, -1))
    single = len(maps) == 1
    return _found(
        maps[0] if single else maps, [*maps.shape[1:]] if single else [*maps.shape[1:], len(maps)], image
    )


def _found(output: Any, size: list[int], image: Any) -> dict[str, Any]:
    return {"output": output, "size": size, "removed": 1 - output.size / image.size}
