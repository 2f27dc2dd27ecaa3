"""The GELU, exact and by tanh, and the normal distribution function behind it, which NumPy lacks."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from dlcalc.engine.layer import Array, Setting, Shape
from dlcalc.engine.layers.activations import Elementwise

_LAST = 9.0  # erfc(9) is 4e-37: everything beyond counts as 9
_LOWEST = 2 / (2 + _LAST)
_SLOPE = 2 / (1 - _LOWEST)
_DEGREES = {4: 9, 8: 20}  # by bytes per number: errors of 4e-8 and 1e-15


class GELU(Elementwise):
    """y = x P(N(0,1) <= x) (Hendrycks and Gimpel 2016): exact, as PyTorch's default.

    With ``approximate`` the paper's form x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), which is faster.
    """

    def __init__(self, *, approximate: bool = False) -> None:
        self.approximate = approximate

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        shape = super().build(shapes, setting)
        self._share = np.empty_like(self._work)
        return shape

    def forward(self, *inputs: Array, training: bool) -> Array:
        (x,) = inputs
        rows = len(x)
        self._x = x
        output, work, share = self._output[:rows], self._work[:rows], self._share[:rows]
        if self.approximate:
            np.multiply(x, x, out=work)
            np.multiply(work, 0.044715, out=work)
            np.add(work, 1, out=work)
            np.multiply(work, x, out=work)
            np.multiply(work, math.sqrt(2 / math.pi), out=work)
            np.tanh(work, out=share)
            np.multiply(share, 0.5, out=share)
            np.add(share, 0.5, out=share)
        else:
            normal_cdf(x, share, work)
        return np.multiply(x, share, out=output)

    def backward(self, gradient: Array) -> Array:
        """dy/dx = share + x * d share/dx."""
        rows = len(gradient)
        x, work, share, passed = self._x, self._work[:rows], self._share[:rows], self._gradient[:rows]
        np.multiply(x, x, out=work)
        if self.approximate:  # share (1 - share) * 2 sqrt(2/pi) (1 + 3 * 0.044715 x^2)
            np.multiply(work, 3 * 0.044715, out=work)
            np.add(work, 1, out=work)
            np.multiply(work, 2 * math.sqrt(2 / math.pi), out=work)
            np.multiply(work, share, out=work)
            np.subtract(1, share, out=passed)
            np.multiply(work, passed, out=work)
        else:  # the density exp(-x^2/2)/sqrt(2 pi)
            np.multiply(work, -0.5, out=work)
            np.exp(work, out=work)
            np.multiply(work, 1 / math.sqrt(2 * math.pi), out=work)
        np.multiply(work, x, out=work)
        np.add(work, share, out=work)
        return np.multiply(work, gradient, out=passed)


def normal_cdf(x: Array, out: Array, work: Array) -> Array:
    """P(N(0,1) <= x) into ``out``, to the last digits of its dtype; ``work`` is overwritten.

    With z = |x|/sqrt(2) and t = 2/(2 + z), erfc(z) = t exp(p - z^2), where p is smooth in t: a polynomial.
    """
    np.abs(x, out=work)
    np.multiply(work, math.sqrt(0.5), out=work)
    np.minimum(work, _LAST, out=work)
    np.add(work, 2, out=work)
    np.divide(2 * _SLOPE, work, out=work)
    np.subtract(work, _SLOPE * _LOWEST + 1, out=work)  # t, stretched to run from -1 to 1
    out.fill(0)
    for coefficient in _coefficients(_DEGREES[x.dtype.itemsize]):
        np.multiply(out, work, out=out)
        np.add(out, coefficient, out=out)
    np.exp(out, out=out)
    np.add(work, _SLOPE * _LOWEST + 1, out=work)
    np.multiply(out, work, out=out)
    np.multiply(out, 0.5 / _SLOPE, out=out)
    np.multiply(x, x, out=work)
    np.multiply(work, -0.5, out=work)
    np.exp(work, out=work)
    np.multiply(out, work, out=out)  # erfc(z)/2, the tail beyond |x|
    np.subtract(0.5, out, out=out)
    np.copysign(out, x, out=out)
    return np.add(out, 0.5, out=out)


@cache
def _coefficients(degree: int) -> tuple[float, ...]:
    """The polynomial p in the variable that runs from -1 to 1, highest power first."""
    # Imported only here: it takes longer than the rest of this file.
    from numpy.polynomial.chebyshev import cheb2poly, chebinterpolate

    def exponent(place: Any) -> Any:
        t = _LOWEST + (1 - _LOWEST) * (place + 1) / 2
        z = 2 / t - 2
        return np.array([math.log(math.erfc(each)) + each * each for each in z]) - np.log(t)

    return tuple(map(float, reversed(cheb2poly(chebinterpolate(exponent, degree)))))
