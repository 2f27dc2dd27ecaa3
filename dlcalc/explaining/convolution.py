"""A convolution of a small image and the pooling behind it: forward window by window, and back to its kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dlcalc.explaining.entries import MOST_ACROSS, by, entry_line, equation, numbers_of, rows_of, vector
from dlcalc.explaining.parameters import filter_letter
from dlcalc.explaining.plan import Front
from dlcalc.methods.activations import ACTIVATIONS
from dlcalc.methods.pooling import Window, pool_windows
from dlcalc.methods.windows import corners, padded, patch
from dlcalc.notation.arrays import positions
from dlcalc.notation.numbers import Matrix, Number, divide
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import BigSum, Call, Name, Product, Sum, Tree, whole
from dlcalc.work import Work


class Convolution:
    """The front of a network. Its maps go by Z, A (behind the activation) and M (behind the pooling).

    ``at_kinks`` says whether a slope was a choice: a sum of exactly 0, two equal maxima in a window.
    """

    def __init__(self, work: Work, front: Front, slope: Number) -> None:
        self.work = work
        self.front = front
        self.slope = slope
        self.at_kinks = False

    # -- forward

    def forward(self, image: Matrix, *, told: bool) -> Any:
        """Maps, activation and pooling; returns all numbers as the column u."""
        work, front = self.work, self.front
        height, width = front.sides
        seen = padded(image, height.before, height.after, width.before, width.after)
        work.let(seen=seen)
        if told:
            work.show("X", image)
            if seen != tuple(image):
                work.show("X_p", seen, "with its zeros around it")
            work.formula(self._sum_in_letters(), "every window times the kernel")
        pooled = []
        for number in range(front.filters):
            maps = self._convolved(number, told=told)
            work.let(**{self._map("Z", number): maps})
            maps = self._activated(number, maps, told=told)
            work.let(**{self._map("A", number): maps})
            if front.pooling:
                maps = self._pooled(number, maps, told=told)
            pooled.append(maps)
        # The engine keeps the channels of a place side by side.
        u = vector([pooled[f][i][j] for i, j in positions(pooled[0]) for f in range(front.filters)])
        if told:
            several = ", the maps place by place" if front.filters > 1 else ""
            work.show("u", u, f"flattened row by row{several}")
        return u

    def _convolved(self, number: int, *, told: bool) -> Matrix:
        """One map, a line for each window."""
        work, front = self.work, self.front
        height, width = front.sides
        kernel = self._matrix(work.scope[filter_letter(number)], height.kernel)
        bias = numbers_of(work.scope["b[1]"])[number] if front.biased else 0
        formula: Tree = Call("dot", (Name("patch"), Name("kernel")))
        if front.biased:
            formula = Sum(((True, formula), (True, Name("bias"))))
        rows: list[list[Any]] = [[] for _ in range(height.outputs)]
        for i, j, top, left in corners(height, width):
            part = patch(work.scope["seen"], top, left, height.kernel, width.kernel)
            values = {"patch": part, "kernel": kernel, "bias": bias}
            name = self._entry("Z", number, i, j)
            rows[i - 1].append(work.line(name, formula, letters=False, values=values, told=told))
        return tuple(map(tuple, rows))

    def _activated(self, number: int, maps: Matrix, *, told: bool) -> Matrix:
        work, front = self.work, self.front
        name, sums = self._map("A", number), self._map("Z", number)
        if front.function == "leaky-relu":
            value = tuple(tuple(max(self.slope * z, z) for z in row) for row in maps)
            if told:
                work.show(name, value, "leaky ReLU, place by place")
            return value
        function = "" if front.function == "linear" else ACTIVATIONS[front.function].function
        return self._matrix(
            work.line(name, f"{function}({sums})" if function else sums, told=told), len(maps)
        )

    def _pooled(self, number: int, maps: Matrix, *, told: bool) -> Matrix:
        rows: list[list[Any]] = [[] for _ in range(self.front.pool_sides[0].outputs)]
        for window in self._windows(maps):
            values = {f"n[{at}]": each for at, each in enumerate(window.numbers)}
            text = f"max({', '.join(values)})"
            if self.front.pooling == "average":
                text = f"({' + '.join(values)})/{len(values)}"
            name = self._entry("M", number, window.i, window.j)
            value = self.work.line(name, text, letters=False, values=values, told=told)
            rows[window.i - 1].append(value)
        return tuple(map(tuple, rows))

    # -- back

    def backward(self, loss: str, by_input: Any, *, told: bool) -> dict[str, Any]:
        """The gradients by kernels and biases, from that by u; by their letters."""
        front, found = self.front, {}
        sums = []
        for number in range(front.filters):
            arriving = numbers_of(by_input)[number :: front.filters]
            deltas = self._deltas(loss, number, arriving, told=told)
            found[filter_letter(number)] = self._by_kernel(loss, number, deltas, told=told)
            sums.append(numbers_of(deltas))
        if front.biased:
            found["b[1]"] = self._by_bias(loss, sums, told=told)
        return found

    def _deltas(self, loss: str, number: int, arriving: Sequence[Any], *, told: bool) -> Matrix:
        """The gradient by the sums of one map: back through the pooling, then through the activation."""
        work, front = self.work, self.front
        activated = self._matrix(work.scope[self._map("A", number)], front.sides[0].outputs)
        maps = self._matrix(work.scope[self._map("Z", number)], front.sides[0].outputs)
        passed = self._unpooled(activated, arriving)
        if told:
            why = {
                "max": "each to the place of its maximum, 0 elsewhere",
                "average": "shared by the places of its window",
                "": "in the form of the map",
            }
            work.show(by(loss, self._map("A", number)), passed, why[front.pooling])
        slopes = tuple(
            tuple(self._slope(z, a) for z, a in zip(*rows, strict=True))
            for rows in zip(maps, activated, strict=True)
        )
        work.let(passed=passed, slopes=slopes)
        name = self._map("Delta", number)
        cells = [
            [f"passed[{i + 1},{j + 1}]*slopes[{i + 1},{j + 1}]" for j in range(len(row))]
            for i, row in enumerate(passed)
        ]
        activation, sums = self._map("A", number), self._map("Z", number)
        letters = Call("hadamard", (by(loss, activation), by(activation, sums)))
        return self._matrix(entry_line(work, name, letters, cells, told=told), len(maps))

    def _unpooled(self, activated: Matrix, arriving: Sequence[Any]) -> Matrix:
        """What arrives at the pooled map, at the places it came from."""
        if not self.front.pooling:
            across = len(activated[0])
            return tuple(tuple(arriving[at : at + across]) for at in range(0, len(arriving), across))
        passed: list[list[Any]] = [[0] * len(row) for row in activated]
        for window, gradient in zip(self._windows(activated), arriving, strict=True):
            if self.front.pooling == "max":
                (i, j), *equal = window.holding(max(window.numbers))
                self.at_kinks |= bool(equal)
                passed[i - 1][j - 1] = passed[i - 1][j - 1] + gradient
                continue
            for i in range(*window.rows):
                for j in range(*window.columns):
                    passed[i][j] = passed[i][j] + divide(gradient, len(window.numbers))
        return tuple(map(tuple, passed))

    def _slope(self, z: Any, a: Any) -> Any:
        if self.front.function == "sigmoid":
            return a * (1 - a)
        if self.front.function == "tanh":
            return 1 - a * a
        if self.front.function == "linear":
            return 1
        self.at_kinks |= not z
        return 1 if z > 0 else self.slope if self.front.function == "leaky-relu" else 0

    def _by_kernel(self, loss: str, number: int, deltas: Matrix, *, told: bool) -> Any:
        """The sum over the windows of delta times patch; windows with delta 0 are left out."""
        work = self.work
        height, width = self.front.sides
        work.let(error=deltas)
        places = [(i, j, top, left) for i, j, top, left in corners(height, width) if deltas[i - 1][j - 1]]
        cells = [
            [
                " + ".join(f"error[{i},{j}]*seen[{top + u},{left + v}]" for i, j, top, left in places) or "0"
                for v in range(1, width.kernel + 1)
            ]
            for u in range(1, height.kernel + 1)
        ]
        short = width.kernel * max(len(places), 1) * 2 <= MOST_ACROSS
        why = "the windows, each times its Δ" + (
            "" if len(places) > 1 else ": one is not 0" if places else ": all are 0"
        )
        letter = filter_letter(number)
        return entry_line(
            work,
            by(loss, letter),
            self._gradient_in_letters(number),
            cells,
            why,
            told=told,
            written_out=short,
        )

    def _by_bias(self, loss: str, deltas: Sequence[Sequence[Any]], *, told: bool) -> Any:
        cells = []
        for number, map_deltas in enumerate(deltas):
            values = {f"part[{number},{at}]": each for at, each in enumerate(map_deltas)}
            self.work.let(**values)
            cells.append([" + ".join(key for key, each in values.items() if each) or "0"])
        each = Name("Delta", (*self._any_filter(), Name("i"), Name("j")))
        return entry_line(
            self.work, by(loss, "b[1]"), self._over_windows(each), cells, "the sum of Δ", told=told
        )

    # -- letters

    def _over_windows(self, each: Tree) -> Tree:
        height, width = self.front.sides
        inner = BigSum(each, "j", whole(1), whole(width.outputs))
        return BigSum(inner, "i", whole(1), whole(height.outputs))

    def _moved(self, letter: str, step: str, stride: int) -> Tree:
        """The row (or column) of the image that a window at ``letter`` has at its place ``step``."""
        start = letter if stride == 1 else f"{stride}*{letter}"
        return read_formula(f"{start}+{step}-{stride}")

    def _pixel(self) -> Tree:
        height, width = self.front.sides
        padding = height.before or height.after or width.before or width.after
        index = self._moved("i", "u", height.stride), self._moved("j", "v", width.stride)
        return Name("X_p" if padding else "X", index)

    def _sum_in_letters(self) -> Tree:
        height, width = self.front.sides
        index = self._any_filter()
        kernel = Name("K", (*(index or (whole(1),)), Name("u"), Name("v")))
        inner = BigSum(Product((self._pixel(), kernel)), "v", whole(1), whole(width.kernel))
        total: Tree = BigSum(inner, "u", whole(1), whole(height.kernel))
        if self.front.biased:
            total = Sum(((True, total), (True, Name("b", (whole(1), *index)))))
        return equation(Name("Z", (*index, Name("i"), Name("j"))), total)

    def _gradient_in_letters(self, number: int) -> Tree:
        index = (whole(number + 1),) if self.front.filters > 1 else ()
        delta = Name("Delta", (*index, Name("i"), Name("j")))
        return self._over_windows(Product((delta, self._pixel())))

    def _any_filter(self) -> tuple[Tree, ...]:
        """The index of a filter in formulas; a lone one has none."""
        return (Name("f"),) if self.front.filters > 1 else ()

    def _entry(self, letter: str, number: int, i: int, j: int) -> Name:
        """Z[i,j], or Z[f,i,j] where there are several filters."""
        index = (number + 1, i, j) if self.front.filters > 1 else (i, j)
        return Name(letter, tuple(map(whole, index)))

    def _map(self, letter: str, number: int) -> str:
        return f"{letter}[{number + 1}]" if self.front.filters > 1 else letter

    def _windows(self, maps: Matrix) -> Iterator[Window]:
        height, width = self.front.pool_sides
        yield from pool_windows(maps, height, width, (height.outputs, width.outputs))

    @staticmethod
    def _matrix(value: Any, rows: int) -> Matrix:
        return tuple(map(tuple, rows_of(value, rows)))
