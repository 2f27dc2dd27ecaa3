"""Prints a formula as MathML Core, for HTML pages without a script."""

from __future__ import annotations

from html import escape

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
)

_RELATIONS = {"<": "&lt;", ">": "&gt;", "<=": "≤", ">=": "≥", "!=": "≠", "=": "=", "~": "∼"}
_FUNCTIONS = {"sigma": "σ", "relu": "ReLU", "sign": "sgn"}
_FENCES = {"floor": "⌊⌋", "ceil": "⌈⌉", "abs": "||", "norm": "‖‖"}
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}
_APPLY = "<mo>&#x2061;</mo>"
_DOT = '<mo lspace="0.15em" rspace="0.15em">·</mo>'


def mathml(tree: Tree, least: int = 0) -> str:
    """The formula as one MathML element (an ``mrow`` where it has several parts)."""
    text = _element(tree)
    return _fenced(text) if binding(tree) < least and not isinstance(tree, Quotient) else text


def _row(*parts: str) -> str:
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def sign(text: str) -> str:
    """An operator such as = or ≈, escaped."""
    return f'<mo form="infix">{_RELATIONS.get(text) or escape(text)}</mo>'


def _fenced(inside: str, fences: str = "()", tall: bool | None = None) -> str:
    stretch = any(mark in inside for mark in ("<mfrac", "<mtable", "<munderover")) if tall is None else tall
    flag = "true" if stretch else "false"
    left, right = (f'<mo fence="true" stretchy="{flag}">{fence}</mo>' for fence in fences)
    return f"<mrow>{left}{inside}{right}</mrow>"


def _element(tree: Tree) -> str:
    if isinstance(tree, Number):
        return _number(tree.text)
    if isinstance(tree, Name):
        return _name(tree)
    if isinstance(tree, Words):
        return f"<mtext>{escape(tree.text).replace(' ', '&#xA0;')}</mtext>"
    if isinstance(tree, Sum):
        return _row(*terms(tree))
    if isinstance(tree, Product):
        return _product(tree)
    if isinstance(tree, Quotient):
        return f"<mfrac>{_element(tree.top)}{_element(tree.bottom)}</mfrac>"
    if isinstance(tree, Power):
        loose = binding(tree.base) < ATOM or is_loose(tree.base)
        base = _fenced(_element(tree.base)) if loose else _element(tree.base)
        return f"<msup>{base}{_element(tree.exponent)}</msup>"
    if isinstance(tree, Negative):
        least = PRODUCT if isinstance(tree.body, (Product, Quotient)) else POWER
        return _row('<mo form="prefix">−</mo>', mathml(tree.body, least))
    if isinstance(tree, Call):
        return _call(tree)
    if isinstance(tree, Array):
        return _array(tree)
    if isinstance(tree, BigSum):
        under = _row(f"<mi>{escape(tree.variable)}</mi>", "<mo>=</mo>", _element(tree.low))
        return _row(
            f"<munderover><mo>∑</mo>{under}{_element(tree.high)}</munderover>", mathml(tree.body, PRODUCT)
        )
    assert isinstance(tree, Relation)
    parts = [mathml(tree.parts[0], SUM)]
    for relation, part in zip(tree.signs, tree.parts[1:], strict=True):
        parts += [sign(relation), mathml(part, SUM)]
    return _row(*parts)


def _number(text: str) -> str:
    mantissa, ten, exponent = text.partition("e")
    shown = f"<mn>{escape(mantissa)}</mn>"
    if not ten:
        return shown
    raised = exponent.lstrip("+")
    power = _row("<mo>−</mo>", f"<mn>{raised[1:]}</mn>") if raised.startswith("-") else f"<mn>{raised}</mn>"
    return _row(shown, _DOT, f"<msup><mn>10</mn>{power}</msup>")


def _letter(word: str) -> str:
    shown = GREEK.get(word, word)
    # Words and functions stand upright, single letters slant (which MathML does by itself).
    upright = ' mathvariant="normal"' if len(shown) == 1 and shown in "∇∂" else ""
    return f"<mi{upright}>{escape(shown)}</mi>"


def _name(tree: Name) -> str:
    stem, accent, subscript, primes = parts_of(tree.text)
    base = _letter(stem)
    if accent:
        base = f'<mover accent="true">{base}<mo stretchy="false">{_ACCENTS[accent]}</mo></mover>'
    below = [
        _letter(part) if not part.isdigit() else f"<mn>{part}</mn>" for part in subscript.split("_") if part
    ]
    parts = [_element(part) for part in tree.index]
    close = all(isinstance(part, (Number, Name)) for part in tree.index) and not below
    below += parts
    short = close and all(len(getattr(part, "text", "")) == 1 for part in tree.index)
    comma = "" if short else "<mo>,</mo>"
    mark = f"<mo>{'′' * primes}</mo>" if primes else ""
    if below and primes:
        return f"<msubsup>{base}{_row(*_joined(below, comma))}{mark}</msubsup>"
    if below:
        return f"<msub>{base}{_row(*_joined(below, comma))}</msub>"
    return f"<msup>{base}{mark}</msup>" if primes else base


def _joined(parts: list[str], comma: str) -> list[str]:
    found: list[str] = []
    for part in parts:
        found += [comma, part] if found and comma else [part]
    return found


def terms(tree: Sum) -> list[str]:
    """The terms of a sum with their signs, so that a long sum can be broken between them."""
    (positive, first), *rest = tree.terms
    pieces = [mathml(first, PRODUCT) if positive else _row('<mo form="prefix">−</mo>', mathml(first, POWER))]
    for positive, term in rest:
        if leads_with_negative(term):
            shown = _product(term, POWER)
        elif starts_negative(term) and not isinstance(term, Quotient):
            shown = _fenced(_element(term))
        else:
            shown = mathml(term, PRODUCT)
        pieces.append(f'<mo form="infix">{"+" if positive else "−"}</mo>{shown}')
    return pieces


def _product(tree: Product, least: int = PRODUCT) -> str:
    parts = [mathml(tree.factors[0], least)]
    for mark, factor in zip(tree.marks, tree.factors[1:], strict=True):
        bracketed = binding(factor) <= SIGN and not isinstance(factor, (Product, Quotient))
        shown = _fenced(_element(factor)) if bracketed else _element(factor)
        touching = not mark and not _starts_with_number(factor)
        parts += ["<mo>&#x2062;</mo>" if touching else _DOT, shown]
    return _row(*parts)


def _starts_with_number(tree: Tree) -> bool:
    if isinstance(tree, Power):
        return _starts_with_number(tree.base)
    if isinstance(tree, Product):
        return _starts_with_number(tree.factors[0])
    return isinstance(tree, (Number, Quotient))


def _call(tree: Call) -> str:
    name, arguments = tree.function, tree.arguments
    first = arguments[0]
    if name == "sqrt":
        return f"<msqrt>{_element(first)}</msqrt>"
    if name in _FENCES:
        return _fenced(_element(first), _FENCES[name])
    if name in ("hadamard", "dot"):
        pair = [mathml(first, POWER), "<mo>⊙</mo>", mathml(arguments[1], POWER)]
        return _row(*pair) if name == "hadamard" else _row("<mo>∑</mo>", *pair)
    if name == "total":
        return _row("<mo>∑</mo>", mathml(first, PRODUCT))
    if name == "transpose":
        return f'<msup>{mathml(first, ATOM)}<mi mathvariant="normal">⊤</mi></msup>'
    if name == "inverse":
        return f"<msup>{mathml(first, ATOM)}{_row('<mo>−</mo>', '<mn>1</mn>')}</msup>"
    if name == "partial":
        return f"<mfrac>{_row('<mo>∂</mo>', _element(first))}{_row('<mo>∂</mo>', _element(arguments[1]))}</mfrac>"
    if name == "cases":
        return _cases(arguments)
    if name in ("log2", "log10"):
        head = f"<msub><mi>log</mi><mn>{name[3:]}</mn></msub>"
    elif name in _FUNCTIONS:
        head = f"<mi>{_FUNCTIONS[name]}</mi>"
    else:
        head = _name(Name(name))
    return _row(head, _APPLY, _fenced(_row(*_joined([_element(part) for part in arguments], "<mo>,</mo>"))))


def _cases(arguments: tuple[Tree, ...]) -> str:
    rows = [
        f"<mtr><mtd>{_element(arguments[at])}</mtd><mtd><mtext>if&#xA0;</mtext>{_element(arguments[at + 1])}</mtd></mtr>"
        for at in range(0, len(arguments) - 1, 2)
    ]
    rows.append(f"<mtr><mtd>{_element(arguments[-1])}</mtd><mtd><mtext>else</mtext></mtd></mtr>")
    return (
        f'<mrow><mo fence="true" stretchy="true">{{</mo><mtable class="cases">{"".join(rows)}</mtable></mrow>'
    )


def _array(tree: Array) -> str:
    if isinstance(tree.items[0], Array):
        if isinstance(tree.items[0].items[0], Array):
            return _row(*_joined([_element(item) for item in tree.items], '<mspace width="0.8em"/>'))
        rows = [row.items for row in tree.items if isinstance(row, Array)]
        return _matrix(rows)
    if tree.column:
        return _matrix([(item,) for item in tree.items])
    return _fenced(_row(*_joined([_element(item) for item in tree.items], "<mo>,</mo>")), "[]")


def _matrix(rows: list[tuple[Tree, ...]]) -> str:
    cells = "".join(
        "<mtr>" + "".join(f"<mtd>{_element(item)}</mtd>" for item in row) + "</mtr>" for row in rows
    )
    return _fenced(f'<mtable class="matrix">{cells}</mtable>', "[]", tall=True)


def sum_pieces(tree: Tree) -> list[str]:
    """A formula cut where a line may be broken: before each term of its sum."""
    return terms(tree) if isinstance(tree, Sum) else [_element(tree)]
