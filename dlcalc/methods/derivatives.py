"""Derivatives of formulas by the rules of the course, each named as an examiner would.

A rule's docstring is its formula. The trees that come out are tidy (``methods.build``) but never
expanded: (w - 3)^2 gives 2(w - 3), not 2w - 6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlcalc.methods.build import constant, number, product, quotient, raised, total
from dlcalc.notation.errors import UnsolvableError
from dlcalc.notation.functions import CONSTANTS
from dlcalc.notation.tree import Call, Name, Negative, Number, Power, Product, Quotient, Sum, Tree, names_in

Rules = Callable[[Tree, str], Tree]


def variables_of(tree: Tree) -> list[str]:
    """The letters of a formula that are not constants, in order of appearance."""
    return [name for name in names_in(tree) if name not in CONSTANTS]


def depends(tree: Tree, variable: str) -> bool:
    """Whether the variable occurs in the formula."""
    return variable in names_in(tree)


def derivative(tree: Tree, variable: str) -> Tree:
    """d(tree)/d(variable), tidied but not expanded.

    Raises ``UnsolvableError`` for a function that has no derivative everywhere it is needed.
    """
    return _derive(tree, variable, power_rule)


def gradient(tree: Tree, variables: Sequence[str]) -> tuple[Tree, ...]:
    """The partial derivatives in the order of the variables."""
    return tuple(derivative(tree, variable) for variable in variables)


def careless_gradient(tree: Tree, variables: Sequence[str]) -> tuple[Tree, ...]:
    """The gradient of a student who forgets to bring the exponent down: (u^n)' = u^(n-1) u'."""
    return tuple(_derive(tree, variable, power_rule_without_factor) for variable in variables)


def unchained_gradient(tree: Tree, variables: Sequence[str]) -> tuple[Tree, ...]:
    """The gradient of a student who forgets the inner derivative: f(u)' = f'(u)."""
    return tuple(_derive(tree, variable, power_rule, chain=False) for variable in variables)


def power_rule(base: Tree, exponent: Tree) -> Tree:
    """(u^n)' = n u^(n-1) u' (without the u')"""
    size = constant(exponent)
    if size is None:
        raise UnsolvableError("an exponent has no exact value")
    return product(number(size), raised(base, size - 1))


def power_rule_without_factor(base: Tree, exponent: Tree) -> Tree:
    """(u^n)' = u^(n-1) u', wrongly"""
    size = constant(exponent)
    if size is None:
        raise UnsolvableError("an exponent has no exact value")
    return raised(base, size - 1)


def _derive(tree: Tree, variable: str, powers: Callable[[Tree, Tree], Tree], chain: bool = True) -> Tree:
    def d(part: Tree) -> Tree:
        return _derive(part, variable, powers, chain)

    def inner(part: Tree) -> Tree:
        return d(part) if chain or not depends(part, variable) else number(1)

    if not depends(tree, variable):
        return number(0)
    if isinstance(tree, Name):
        return number(1)
    if isinstance(tree, Negative):
        return product(number(-1), d(tree.body))
    if isinstance(tree, Sum):
        return total([(positive, d(term)) for positive, term in tree.terms])
    if isinstance(tree, Product):
        return _product_rule(tree, variable, d)
    if isinstance(tree, Quotient):
        return _quotient_rule(tree, variable, d)
    if isinstance(tree, Power):
        if not depends(tree.exponent, variable):
            return product(powers(tree.base, tree.exponent), inner(tree.base))
        if not depends(tree.base, variable):
            outer: list[Tree] = [tree] if tree.base == Name("e") else [tree, Call("ln", (tree.base,))]
            return product(*outer, inner(tree.exponent))
        # u^v = exp(v ln u)
        return product(tree, d(Product((tree.exponent, Call("ln", (tree.base,))))))
    if isinstance(tree, Call):
        return _chain_rule(tree, inner)
    raise UnsolvableError("this formula cannot be differentiated")


def _product_rule(tree: Product, variable: str, d: Callable[[Tree], Tree]) -> Tree:
    """(u v)' = u' v + u v'; constant factors stay in front."""
    terms: list[tuple[bool, Tree]] = []
    for at, factor in enumerate(tree.factors):
        if depends(factor, variable):
            terms.append((True, product(*tree.factors[:at], d(factor), *tree.factors[at + 1 :])))
    return total(terms)


def _quotient_rule(tree: Quotient, variable: str, d: Callable[[Tree], Tree]) -> Tree:
    """(u/v)' = (u' v - u v')/v^2; over a constant, u'/v."""
    if not depends(tree.bottom, variable):
        return quotient(d(tree.top), tree.bottom)
    slope = d(tree.bottom)
    first = product(d(tree.top), tree.bottom)
    return quotient(total([(True, first), (False, product(tree.top, slope))]), raised(tree.bottom, 2))


def _chain_rule(tree: Call, inner: Callable[[Tree], Tree]) -> Tree:
    """f(u)' = f'(u) u'"""
    if tree.function in OUTER:
        argument = tree.arguments[0]
        slope = inner(argument)
        shape = OUTER[tree.function](argument)
        if isinstance(shape, Quotient) and constant(shape.top) == 1:
            return quotient(slope, shape.bottom)
        return product(shape, slope)
    if tree.function in ("max", "min", "floor", "ceil", "sign"):
        raise UnsolvableError(
            f"{tree.function} has no derivative at its corners; dlcalc does not differentiate it"
        )
    raise UnsolvableError(f"{tree.function} cannot be differentiated")


def _one_minus(tree: Tree) -> Tree:
    return Sum(((True, Number("1", 1)), (False, tree)))


OUTER: dict[str, Callable[[Tree], Tree]] = {
    "exp": lambda u: Call("exp", (u,)),
    "ln": lambda u: Quotient(number(1), u),
    "log": lambda u: Quotient(number(1), u),
    "log2": lambda u: Quotient(number(1), product(u, Call("ln", (number(2),)))),
    "log10": lambda u: Quotient(number(1), product(u, Call("ln", (number(10),)))),
    "sqrt": lambda u: Quotient(number(1), product(number(2), Call("sqrt", (u,)))),
    "sin": lambda u: Call("cos", (u,)),
    "cos": lambda u: Negative(Call("sin", (u,))),
    "tan": lambda u: Quotient(number(1), Power(Call("cos", (u,)), number(2))),
    "sinh": lambda u: Call("cosh", (u,)),
    "cosh": lambda u: Call("sinh", (u,)),
    "tanh": lambda u: _one_minus(Power(Call("tanh", (u,)), number(2))),
    "sigma": lambda u: Product((Call("sigma", (u,)), _one_minus(Call("sigma", (u,)))), ("",)),
    "softplus": lambda u: Call("sigma", (u,)),
    "abs": lambda u: Call("sign", (u,)),
}
"""The outer derivative of every function that has one."""


# -- telling which rule was used


def rule_words(tree: Tree, variable: str) -> str:
    """The rule a term's derivative comes from, in half a sentence."""
    if not depends(tree, variable):
        return "constant"
    if isinstance(tree, Negative):
        return rule_words(tree.body, variable)
    if isinstance(tree, Name):
        return "slope 1"
    if isinstance(tree, Product):
        moving = [factor for factor in tree.factors if depends(factor, variable)]
        if len(moving) == 1:
            inside = rule_words(moving[0], variable)
            return "constant factor" if inside == "slope 1" else f"constant factor, {inside}"
        return "product rule"
    if isinstance(tree, Quotient):
        if not depends(tree.bottom, variable):
            inside = rule_words(tree.top, variable)
            return "constant factor" if inside == "slope 1" else f"constant factor, {inside}"
        return "quotient rule"
    if isinstance(tree, Power):
        if depends(tree.exponent, variable):
            return (
                "exponential rule" if tree.exponent == Name(variable) else "chain rule, exponential outside"
            )
        if tree.base == Name(variable):
            return "power rule"
        return "chain rule, power outside"
    if isinstance(tree, Call):
        name = {"sigma": "sigmoid", "abs": "absolute value", "sqrt": "root"}.get(tree.function, tree.function)
        return (
            f"derivative of {name}" if tree.arguments[0] == Name(variable) else f"chain rule, {name} outside"
        )
    return "term by term"


def chain_parts(tree: Tree, variable: str) -> tuple[Tree, Tree] | None:
    """Outer and inner derivative of a term that needs the chain rule, the inner function written u."""
    while isinstance(tree, Negative):
        tree = tree.body
    u = Name("u")
    if isinstance(tree, Power) and not depends(tree.exponent, variable) and tree.base != Name(variable):
        return power_rule(u, tree.exponent), derivative(tree.base, variable)
    if isinstance(tree, Call) and tree.function in OUTER and tree.arguments[0] != Name(variable):
        return OUTER[tree.function](u), derivative(tree.arguments[0], variable)
    return None
