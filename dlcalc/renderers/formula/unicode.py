"""Prints a formula for people at a terminal: Unicode letters and signs, matrices as blocks."""

from __future__ import annotations

from functools import lru_cache

from dlcalc.notation.ascii import (
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    binding,
    is_loose,
    leads_with_negative,
    starts_negative,
)
from dlcalc.notation.letters import GREEK, parts_of
from dlcalc.notation.tree import (
    Array,
    BigSum,
    Call,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Tree,
    Words,
)  # fmt: skip
from dlcalc.renderers.formula.boxes import Box, aligned_on_point, beside, bracketed

_RAISED = str.maketrans("0123456789+-−()=nix", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾⁼ⁿⁱˣ")
_LOWERED = str.maketrans("0123456789+-−()=aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎₌ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_CAN_RAISE = set("0123456789+-−()=nix")
_CAN_LOWER = set("0123456789+-−()=aehijklmnoprstuvx")
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
_RELATIONS = {"<=": "≤", ">=": "≥", "!=": "≠"}
_FUNCTIONS = {"sigma": "σ", "relu": "ReLU", "sign": "sgn", "log2": "log₂", "log10": "log₁₀"}


def text(tree: Tree) -> str:
    """The formula on one line; matrices are written with semicolons between their rows."""
    return _Flat().box(tree).text


def box(tree: Tree) -> Box:
    """The formula as a block: one row, or more where it holds a matrix."""
    return _Tall().box(tree)


def raised(exponent: str) -> str:
    """An exponent above the line, or with ^ where Unicode has no signs for it."""
    if set(exponent) <= _CAN_RAISE:
        return exponent.translate(_RAISED)
    return f"^{exponent}" if exponent.isalnum() else f"^({exponent})"


def lowered(index: str) -> str:
    """An index below the line, or with _ where Unicode has no signs for it."""
    if set(index) <= _CAN_LOWER:
        return index.translate(_LOWERED)
    return f"_{index}"


@lru_cache(maxsize=1024)
def letter(name: str) -> str:
    """A typed name as a letter with its accent and fixed subscript: ``x_hat`` is x̂."""
    stem, accent, subscript, primes = parts_of(name)
    shown = GREEK.get(stem, stem)
    if accent:
        shown = shown[0] + _ACCENTS[accent] + shown[1:]
    if subscript:
        shown += "".join(lowered(GREEK.get(part, part)) for part in subscript.split("_"))
    return shown + "′" * primes


class _Printer:
    """Both printers differ only in what a matrix becomes."""

    def matrix(self, tree: Array) -> Box:
        raise NotImplementedError

    def box(self, tree: Tree, least: int = 0) -> Box:
        result = self._box(tree)
        return bracketed(result) if binding(tree) < least else result

    def _box(self, tree: Tree) -> Box:
        if isinstance(tree, Number):
            return Box([_number(tree)])
        if isinstance(tree, Name):
            return Box([self._name(tree)])
        if isinstance(tree, Words):
            return Box([tree.text])
        if isinstance(tree, Sum):
            return beside(piece for piece in self.terms(tree))
        if isinstance(tree, Product):
            return self._product(tree)
        if isinstance(tree, Quotient):
            bottom = self._factor(tree.bottom)
            if isinstance(tree.bottom, (Product, Quotient)):
                bottom = bracketed(self._box(tree.bottom))
            # 1/3/(5/6) would be read twice: the upper fraction gets brackets.
            top = (
                bracketed(self._box(tree.top))
                if isinstance(tree.top, Quotient)
                else self.box(tree.top, PRODUCT)
            )
            return beside([top, Box(["/"]), bottom])
        if isinstance(tree, Power):
            return self._power(tree)
        if isinstance(tree, Negative):
            # −a·b and −a/b need no brackets: they read the same either way.
            least = PRODUCT if isinstance(tree.body, (Product, Quotient)) else POWER
            return beside([Box(["−"]), self.box(tree.body, least)])
        if isinstance(tree, Call):
            return self._call(tree)
        if isinstance(tree, Array):
            return self._array(tree)
        if isinstance(tree, BigSum):
            return self._big_sum(tree)
        assert isinstance(tree, Relation)
        parts = [self.box(tree.parts[0], SUM)]
        for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
            parts += [Box([f" {_RELATIONS.get(sign, sign)} "]), self.box(part, SUM)]
        return beside(parts)

    def terms(self, tree: Sum) -> list[Box]:
        """The terms of a sum with their signs, each a box, so that a long sum can be broken."""
        (positive, first), *rest = tree.terms
        head = self.box(first, PRODUCT)
        boxes = [head if positive else beside([Box(["−"]), self.box(first, POWER)])]
        for positive, term in rest:
            if leads_with_negative(term):
                shown = self._product(term, POWER)
            else:
                shown = bracketed(self._box(term)) if starts_negative(term) else self.box(term, PRODUCT)
            boxes.append(beside([Box([" + " if positive else " − "]), shown]))
        return boxes

    def _name(self, tree: Name) -> str:
        shown = letter(tree.text)
        if not tree.index:
            return shown
        parts = [self._box(part).text.replace(" ", "") for part in tree.index]
        together = "".join(parts)
        if set(together) <= _CAN_LOWER and all(len(part) == 1 for part in parts) and "_" not in tree.text:
            return shown + lowered(together)
        # w_1 with the index 12 is w₁[12]: two numbers side by side would run together.
        if len(parts) == 1 and set(together) <= _CAN_LOWER and not tree.text[-1].isdigit():
            return shown + lowered(together)
        return f"{shown}[{', '.join(parts)}]"

    def _factor(self, tree: Tree) -> Box:
        return (
            bracketed(self._box(tree))
            if binding(tree) <= SIGN and not isinstance(tree, Product)
            else self._box(tree)
        )

    def _product(self, tree: Product, least: int = PRODUCT) -> Box:
        first, *rest = tree.factors
        boxes = [self.box(first, least)]
        before: Tree = first
        for mark, factor in zip(tree.marks, rest, strict=True):
            shown = self._factor(factor)
            if mark or not _may_touch(before, factor, shown):
                boxes.append(Box(["·"]))
            boxes.append(shown)
            before = factor
        return beside(boxes)

    def _power(self, tree: Power) -> Box:
        base = bracketed(self._box(tree.base)) if is_loose(tree.base) else self.box(tree.base, ATOM)
        exponent = self._box(tree.exponent)
        return beside([base, Box([raised(exponent.text.replace(" ", ""))])])

    def _call(self, tree: Call) -> Box:
        name, arguments = tree.function, tree.arguments
        first = arguments[0]
        if name == "sqrt":
            return beside([Box(["√"]), self.box(first, ATOM)])
        if name in ("floor", "ceil", "abs", "norm"):
            left, tall = {
                "floor": ("⌊⌋", "⎢⎢⎣⎥⎥⎦"), "ceil": ("⌈⌉", "⎡⎢⎢⎤⎥⎥"), "abs": ("||", "││││││"), "norm": ("‖‖", "‖‖‖‖‖‖"),
            }[name]  # fmt: skip
            return bracketed(self._box(first), left, tall)
        if name in ("hadamard", "dot"):
            pair = beside([self.box(first, POWER), Box([" ⊙ "]), self.box(arguments[1], POWER)])
            return pair if name == "hadamard" else beside([Box(["Σ "]), pair])
        if name == "total":
            return beside([Box(["Σ "]), self.box(first, PRODUCT)])
        if name == "transpose":
            return beside([self.box(first, ATOM), Box(["ᵀ"])])
        if name == "inverse":
            return beside([self.box(first, ATOM), Box(["⁻¹"])])
        if name == "partial":
            return beside([Box(["∂"]), self._box(first), Box(["/∂"]), self._box(arguments[1])])
        if name == "cases":
            return self._cases(arguments)
        inside: list[Box] = []
        for argument in arguments:
            inside += [Box([", "]), self._box(argument)] if inside else [self._box(argument)]
        return beside([Box([_FUNCTIONS.get(name) or letter(name)]), bracketed(beside(inside))])

    def _cases(self, arguments: tuple[Tree, ...]) -> Box:
        parts: list[Box] = []
        for at in range(0, len(arguments) - 1, 2):
            parts += [self._box(arguments[at]), Box([" if "]), self._box(arguments[at + 1]), Box([", "])]
        return beside([*parts, Box(["else "]), self._box(arguments[-1])])

    def _array(self, tree: Array) -> Box:
        if isinstance(tree.items[0], Array):
            if isinstance(tree.items[0].items[0], Array):  # a tensor: its matrices in a row
                boxes: list[Box] = []
                for item in tree.items:
                    boxes += [Box(["  "]), self._box(item)] if boxes else [self._box(item)]
                return beside(boxes)
            return self.matrix(tree)
        if tree.column:
            return self.matrix(Array(tuple(Array((item,)) for item in tree.items)))
        inside = [self._box(item) for item in tree.items]
        joined: list[Box] = []
        for part in inside:
            joined += [Box([", "]), part] if joined else [part]
        return bracketed(beside(joined), "[]", "⎡⎢⎣⎤⎥⎦")

    def _big_sum(self, tree: BigSum) -> Box:
        low, high = self._box(tree.low).text, self._box(tree.high).text
        under = f"{tree.variable}={low}"
        if set(under) <= _CAN_LOWER and set(high) <= _CAN_RAISE:
            sign = "Σ" + lowered(under) + raised(high) + " "
        else:
            sign = f"Σ({under}..{high}) "
        return beside([Box([sign]), self.box(tree.body, PRODUCT)])


class _Flat(_Printer):
    def matrix(self, tree: Array) -> Box:
        rows = [[self._box(item).text for item in row.items] for row in tree.items if isinstance(row, Array)]
        return Box(["[" + "; ".join(", ".join(row) for row in rows) + "]"])


class _Tall(_Printer):
    def matrix(self, tree: Array) -> Box:
        rows = [[text(item) for item in row.items] for row in tree.items if isinstance(row, Array)]
        gap = "  " if any(" " in cell for row in rows for cell in row) else " "
        columns = [aligned_on_point(column) for column in zip(*rows, strict=True)]
        lines = [gap.join(cells) for cells in zip(*columns, strict=True)]
        return bracketed(Box(lines, (len(lines) - 1) // 2), "[]", "⎡⎢⎣⎤⎥⎦")


def _number(tree: Number) -> str:
    mantissa, ten, exponent = tree.text.partition("e")
    if ten:
        return f"{mantissa}·10{raised(exponent.lstrip('+'))}"
    return tree.text


def _may_touch(left: Tree, right: Tree, shown: Box) -> bool:
    """Whether two factors may stand side by side without a sign."""
    start = shown.text[0] if shown.height == 1 else "("
    if start.isdigit():
        return False
    if isinstance(left, Number):
        return True
    return not isinstance(left, (Name, Call)) or start != "(" or isinstance(right, Sum)


def sum_pieces(tree: Tree) -> list[Box]:
    """A formula as boxes between which a line may be broken: before each term of its sum."""
    if isinstance(tree, Sum):
        return _Tall().terms(tree)
    if isinstance(tree, Relation):
        head = Relation(tree.parts[:-1], tree.signs[:-1]) if len(tree.parts) > 2 else tree.parts[0]
        sign = Box([f" {_RELATIONS.get(tree.signs[-1], tree.signs[-1])} "])
        first, *rest = sum_pieces(tree.parts[-1])
        return [beside([box(head), sign, first]), *rest]
    if isinstance(tree, Quotient) and isinstance(tree.top, Sum) and box(tree.top).height == 1:
        pieces = _Tall().terms(tree.top)
        below = box(Quotient(Words(""), tree.bottom))
        return [beside([Box(["("]), pieces[0]]), *pieces[1:-1], beside([pieces[-1], Box([")"]), below])]
    return [box(tree)]
