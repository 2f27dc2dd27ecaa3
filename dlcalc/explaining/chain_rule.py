"""The chain rule in letters, as it stands at the head of the way back."""

from __future__ import annotations

from dlcalc.explaining.entries import by, equation
from dlcalc.explaining.plan import Plan
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Call, Product
from dlcalc.work import Work

_SLOPES = {
    "sigmoid": ("a*(1 - a)", "the slope of σ"),
    "tanh": ("1 - a^2", "the slope of tanh"),
    "relu": ("cases(1, z > 0, 0)", "the slope of ReLU"),
    "leaky-relu": ("cases(1, z > 0, alpha)", "the slope of leaky ReLU"),
    "linear": ("1", "no activation"),
}


def tell_rules(work: Work, plan: Plan, before: str) -> None:
    """What the loss sends back, how a layer hands it on, and what weights make of it.

    ``before`` is the letter of what the first dense layer reads.
    """
    # The slope of a softmax is told together with its loss.
    told = plan.functions[:-1] if plan.loss == "cross-entropy" else plan.functions
    for function in dict.fromkeys(told):
        formula, why = _SLOPES[function]
        work.formula(equation(by("a", "z"), formula), why)
    _tell_error(work, plan)
    for layer in reversed(plan.dense[:-1]):
        number, after = layer.number, layer.number + 1
        slope = by(f"a[{number}]", f"z[{number}]")
        back = Call("hadamard", (read_formula(f"transpose(W[{after}])*delta[{after}]"), slope))
        name, by_sums = read_formula(f"delta[{number}]"), by("L", f"z[{number}]")
        work.chain(name, ("=", by_sums), ("=", back), why="sent back through the weights")
    first = plan.dense[0].number
    for layer in reversed(plan.dense):
        number = layer.number
        read = before if number == first else f"a[{number - 1}]"
        work.formula(
            equation(by("L", f"W[{number}]"), f"delta[{number}]*transpose({read})"),
            "the delta times what the weight met" if number == plan.dense[-1].number else "",
        )
    biased = [layer.number for layer in plan.dense if layer.biased]
    if biased:
        work.formula(
            equation(by("L", f"b[{biased[-1]}]"), f"delta[{biased[-1]}]"),
            "a bias always meets 1; so in every layer",
        )


def _tell_error(work: Work, plan: Plan) -> None:
    """The gradient by the sums of the last layer."""
    last = plan.dense[-1]
    unit = ",k" if last.units > 1 else ""
    a, z, delta = (f"{letter}[{last.number}{unit}]" for letter in ("a", "z", "delta"))
    y = "y[k]" if unit else "y"
    error = f"{a} - {y}"
    if plan.loss == "cross-entropy":
        work.chain(
            read_formula(delta), ("=", by("L", z)), ("=", read_formula(error)), why="softmax and loss in one"
        )
        return
    outputs = f"{last.units}*" if unit else ""
    whole_error = f"1/{last.units}*({error})" if unit else error
    steps = ("=", by("L", z)), ("=", Product((by("L", a), by(a, z))))
    if plan.loss == "mse":
        work.formula(
            equation(by("L", a), f"2/{last.units}*({error})" if unit else f"2*({error})"), "the loss"
        )
        work.chain(read_formula(delta), *steps, why="the gradient by the sums z")
        return
    work.formula(equation(by("L", a), f"({error})/({outputs}{a}*(1 - {a}))"), "the loss")
    work.chain(read_formula(delta), *steps, ("=", read_formula(whole_error)), why="the slope cancels")
