"""Receptive fields as an exam asks for them."""

from __future__ import annotations

from dlcalc.statements import Pen
from dlcalc.statements.layers import tell_network
from dlcalc.topics.layers.receptive_field import ReceptiveField


def state(problem: ReceptiveField, pen: Pen) -> None:
    """The network; asked for are the fields of its layers and how far apart they lie."""
    tell_network(pen, problem.chain)
    along = f" along the {problem.side}" if "side" in problem.written else ""
    seen = problem.seen
    last = seen[-1].number
    which = "the layer" if last == 1 else f"every layer up to layer {last}"
    if last == len(problem.chain.layers) and last > 1:
        which = "every layer"
    pen.ask(
        "layers",
        f"How many places of the input does an output of {which} see{along} (its receptive field)?",
        2 + 2 * len(seen),
    )
    pen.ask(
        "jump",
        f"How many places of the input lie between the fields of neighbouring outputs of layer {last}{along}?",
        3,
    )
    pen.ask("size", f"How large is the receptive field of layer {last}{along}?", 3, usual=False)
    pen.ask(
        "jumps", f"How far apart are the fields of neighbouring outputs of {which}{along}?", 4, usual=False
    )
    pen.ask(
        "start", f"Where does the field of the first output of layer {last} begin{along}, 0 being the edge of the input?", 3,
        usual=False,
    )  # fmt: skip
    pen.ask("padding", f"How many zeros stand in front of it, in places of the input{along}?", 3, usual=False)
    pen.ask("centre", f"Where is the centre of that field{along}?", 3, usual=False)
