"""Convolutions and pooling by loops over every index, from their definitions: an independent road for tests.

Padding is (top, bottom, left, right) here. Every function returns plain float64 arrays.
"""

from itertools import product

import numpy as np


def outputs(size, before, after, kernel, stride, dilation):
    """How many positions a window has, counted one by one."""
    last = size + after - (dilation * (kernel - 1) + 1)
    return sum(1 for start in range(-before, last + 1) if (start + before) % stride == 0)


def convolve(images, kernel, bias, stride, padding, dilation, groups):
    """The convolution and a list of (output place, input place, kernel place) that says what meets what."""
    batch, height, width = images.shape[:3]
    rows, columns, depth, filters = kernel.shape
    top, bottom, left, right = padding
    down = outputs(height, top, bottom, rows, stride[0], dilation[0])
    along = outputs(width, left, right, columns, stride[1], dilation[1])
    result = np.zeros((batch, down, along, filters))
    meetings = []
    for n, y, x, f in product(range(batch), range(down), range(along), range(filters)):
        result[n, y, x, f] = bias[f]
        group = f // (filters // groups)
        for i, j, c in product(range(rows), range(columns), range(depth)):
            v = y * stride[0] + i * dilation[0] - top
            u = x * stride[1] + j * dilation[1] - left
            if 0 <= v < height and 0 <= u < width:
                places = (n, y, x, f), (n, v, u, group * depth + c), (i, j, c, f)
                meetings.append(places)
                result[n, y, x, f] += images[places[1]] * kernel[places[2]]
    return result, meetings


def convolve_back(gradient, images, kernel, meetings):
    """The gradients by images, kernel and bias."""
    by_images, by_kernel = np.zeros(images.shape), np.zeros(kernel.shape)
    for out, into, weight in meetings:
        by_images[into] += gradient[out] * kernel[weight]
        by_kernel[weight] += gradient[out] * images[into]
    by_bias = np.zeros(kernel.shape[3])
    for place in np.ndindex(gradient.shape):
        by_bias[place[3]] += gradient[place]
    return by_images, by_kernel, by_bias


def transpose(images, kernel, bias, stride, padding, output_padding, dilation, groups):
    """The transposed convolution, and what meets what as in :func:`convolve`."""
    batch, height, width, channels = images.shape
    rows, columns, depth, filters = kernel.shape
    top, bottom, left, right = padding
    down = (height - 1) * stride[0] - top - bottom + dilation[0] * (rows - 1) + 1 + output_padding[0]
    along = (width - 1) * stride[1] - left - right + dilation[1] * (columns - 1) + 1 + output_padding[1]
    result = np.zeros((batch, down, along, filters)) + bias
    meetings = []
    part = filters // groups
    for n, y, x, c in product(range(batch), range(height), range(width), range(channels)):
        group = c // depth
        for i, j, f in product(range(rows), range(columns), range(group * part, (group + 1) * part)):
            v = y * stride[0] + i * dilation[0] - top
            u = x * stride[1] + j * dilation[1] - left
            if 0 <= v < down and 0 <= u < along:
                places = (n, v, u, f), (n, y, x, c), (i, j, c % depth, f)
                meetings.append(places)
                result[places[0]] += images[places[1]] * kernel[places[2]]
    return result, meetings


def pool(images, kernel, stride, padding, dilation, outputs, operation, count_padding=False):
    """Pooling, and the gradient by the images when every output's gradient is its weight.

    ``outputs`` are the numbers of positions (rounding is the caller's). Returns a function of the weights
    for the second.
    """
    batch, height, width, channels = images.shape
    top, bottom, left, right = padding
    result = np.zeros((batch, *outputs, channels))
    shares = []
    for n, y, x, c in np.ndindex(result.shape):
        inside, counted = [], 0
        for i, j in product(range(kernel[0]), range(kernel[1])):
            v = y * stride[0] + i * dilation[0] - top
            u = x * stride[1] + j * dilation[1] - left
            if 0 <= v < height and 0 <= u < width:
                inside.append((n, v, u, c))
            counted += v < height + bottom and u < width + right
        if operation == "max":
            best = max(images[place] for place in inside)
            result[n, y, x, c] = best
            shares.append(((n, y, x, c), next(p for p in inside if images[p] == best), 1.0))
        else:
            count = counted if count_padding else len(inside)
            result[n, y, x, c] = sum(images[place] for place in inside) / count
            shares += [((n, y, x, c), place, 1 / count) for place in inside]

    def back(gradient):
        found = np.zeros(images.shape)
        for out, into, share in shares:
            found[into] += gradient[out] * share
        return found

    return result, back
