"""Complex numbers that had to be rounded: a real and an imaginary part of fifty digits each."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from dlcalc.notation.approx import CONTEXT, Approx, decimal_of
from dlcalc.notation.surds import Surd

_ZERO = Decimal(0)
# A minus sign or abs() of Python's own would round a Decimal to 28 digits: copy_negate and copy_abs do not.


class ApproxComplex(Surd):
    """A complex number known to about fifty digits; real numbers mix with it from either side but ``Approx``.

    It counts as a ``Surd`` so that everything that shows or compares complex numbers knows it.
    """

    __slots__ = ("im", "re")

    def __init__(self, re: Decimal, im: Decimal) -> None:
        parts = ((1, Fraction(re)), (-1, Fraction(im)))
        super().__init__(tuple((radicand, size) for radicand, size in parts if size))
        self.re = re
        self.im = im

    def __repr__(self) -> str:
        return f"ApproxComplex({self.re}, {self.im})"

    def __hash__(self) -> int:
        return hash((self.re, self.im))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApproxComplex) and (self.re, self.im) == (other.re, other.im)

    def __bool__(self) -> bool:
        return bool(self.re) or bool(self.im)

    @property
    def is_real(self) -> bool:
        return not self.im

    @property
    def real(self) -> Any:
        return Approx(self.re)

    @property
    def imag(self) -> Any:
        return Approx(self.im)

    def conjugate(self) -> Any:
        """The complex conjugate."""
        return ApproxComplex(self.re, self.im.copy_negate())

    def __neg__(self) -> Any:
        return ApproxComplex(self.re.copy_negate(), self.im.copy_negate())

    def __abs__(self) -> Any:
        squares = CONTEXT.add(CONTEXT.multiply(self.re, self.re), CONTEXT.multiply(self.im, self.im))
        return Approx(CONTEXT.sqrt(squares))

    def __add__(self, other: object) -> Any:
        re, im = parts_of(other)
        return _made(CONTEXT.add(self.re, re), CONTEXT.add(self.im, im))

    __radd__ = __add__

    def __sub__(self, other: object) -> Any:
        re, im = parts_of(other)
        return _made(CONTEXT.subtract(self.re, re), CONTEXT.subtract(self.im, im))

    def __rsub__(self, other: object) -> Any:
        return (-self) + other

    def __mul__(self, other: object) -> Any:
        re, im = parts_of(other)
        times = CONTEXT.multiply
        return _made(
            CONTEXT.subtract(times(self.re, re), times(self.im, im)),
            CONTEXT.add(times(self.re, im), times(self.im, re)),
        )

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Any:
        re, im = parts_of(other)
        size = CONTEXT.add(CONTEXT.multiply(re, re), CONTEXT.multiply(im, im))
        return self * ApproxComplex(CONTEXT.divide(re, size), CONTEXT.divide(im.copy_negate(), size))

    def __rtruediv__(self, other: object) -> Any:
        re, im = parts_of(other)
        return ApproxComplex(re, im) / self

    def __pow__(self, exponent: int) -> Any:
        result: Any = 1
        for _ in range(abs(exponent)):
            result = self * result
        return result if exponent >= 0 else 1 / result


def parts_of(number: object) -> tuple[Decimal, Decimal]:
    """Real and imaginary part of any number as decimals."""
    if isinstance(number, ApproxComplex):
        return number.re, number.im
    if isinstance(number, Surd):
        return decimal_of(number.real), decimal_of(number.imag)
    return decimal_of(number), _ZERO


def _made(re: Decimal, im: Decimal) -> Any:
    return ApproxComplex(re, im) if im else Approx(re)


def nearly_real(number: Any, size: Decimal = Decimal(1)) -> Any:
    """The number without a part that is only rounding noise beside ``size``; a real one becomes ``Approx``."""
    re, im = parts_of(number)
    noise = CONTEXT.multiply(max(re.copy_abs(), im.copy_abs(), size), Decimal("1e-42"))
    re = _ZERO if re.copy_abs() <= noise else re
    return Approx(re) if im.copy_abs() <= noise else ApproxComplex(re, im)
