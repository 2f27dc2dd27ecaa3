"""Convolution by counting: four nested loops over a dictionary of pixels, nothing shared with dlcalc."""

from __future__ import annotations

import math
from typing import Any


def answers(problem: Any) -> dict[str, Any]:
    image, groups = problem.input, problem.groups
    rows, columns = len(image[0]), len(image[0][0])
    pixels = {
        (c, i, j): value
        for c, channel in enumerate(image)
        for i, row in enumerate(channel)
        for j, value in enumerate(row)
    }
    filters = problem.kernel
    if len(filters) == 1 and len(filters[0]) > 1 and len(image) == groups:
        filters = tuple((channel,) for channel in filters[0])
    height, width = len(filters[0][0]), len(filters[0][0][0])
    down, along = problem.stride
    hole_down, hole_along = problem.dilation
    reach = (hole_down * (height - 1) + 1, hole_along * (width - 1) + 1)
    if problem.padding == "same":
        out = (math.ceil(rows / down), math.ceil(columns / along))
        need = (
            max((out[0] - 1) * down + reach[0] - rows, 0),
            max((out[1] - 1) * along + reach[1] - columns, 0),
        )
        top, left = need[0] // 2, need[1] // 2
    else:
        top, bottom, left, right = problem.padding
        # count the windows by walking: a window fits while its last row and column do
        out = (
            sum(1 for i in range(0, rows + top + bottom, down) if i + reach[0] <= rows + top + bottom),
            sum(1 for j in range(0, columns + left + right, along) if j + reach[1] <= columns + left + right),
        )
    maps = []
    for f, kernel in enumerate(filters):
        group = f * groups // len(filters)
        per_group = len(image) // groups
        feature = []
        for i in range(out[0]):
            line = []
            for j in range(out[1]):
                value: Any = problem.bias[f] if len(problem.bias) > 1 else problem.bias[0]
                for c in range(per_group):
                    for u in range(height):
                        for v in range(width):
                            weight = (
                                kernel[c][height - 1 - u][width - 1 - v] if problem.flip else kernel[c][u][v]
                            )
                            where = (
                                group * per_group + c,
                                i * down + u * hole_down - top,
                                j * along + v * hole_along - left,
                            )
                            value = value + weight * pixels.get(where, 0)
                line.append(value)
            feature.append(line)
        maps.append(feature)
    single = len(maps) == 1
    found: dict[str, Any] = {
        "output": maps[0] if single else maps,
        "size": [*out] if single else [*out, len(maps)],
    }
    if problem.activation != "none":
        function = {
            "relu": lambda z: max(z, 0),
            "tanh": lambda z: math.tanh(z),
            "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
        }
        maps = [[[function[problem.activation](z) for z in row] for row in feature] for feature in maps]
        found["activated"] = maps[0] if single else maps
    if problem.pool != "none":
        size = problem.pool_size
        step = problem.pool_stride or size
        shrunk = []
        for feature in maps:
            new = []
            for i in range(0, len(feature) - size[0] + 1, step[0]):
                window_row = []
                for j in range(0, len(feature[0]) - size[1] + 1, step[1]):
                    seen = [feature[a][b] for a in range(i, i + size[0]) for b in range(j, j + size[1])]
                    window_row.append(
                        {"max": max(seen), "min": min(seen), "average": sum(seen) / len(seen)}[problem.pool]
                    )
                new.append(window_row)
            shrunk.append(new)
        found["pooled"] = shrunk[0] if single else shrunk
    return found
