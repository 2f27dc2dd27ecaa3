"""Pooling as an exam sets it."""

from __future__ import annotations

from dlcalc.methods.pooling import outputs
from dlcalc.methods.windows import NO_PADDING, Sides
from dlcalc.statements import Pen
from dlcalc.statements.wording import both_ways, crossed, is_printed, padding_phrase, same_sentence
from dlcalc.topics.convolution.pool import Pool


def state(problem: Pool, pen: Pen) -> None:
    """The feature map and the pooling, with what becomes of its edges; asked for is the pooled map."""
    channels = len(problem.input)
    height, width = problem.sides
    several = channels > 1
    what = f"A {crossed((height.size, width.size))} feature map {{X}}"
    if several:
        what += f" of {channels} channels"
    if problem.is_global:
        how = f"global {problem.reduction} pooling"
    else:
        window = crossed((height.kernel, width.kernel))
        stride = both_ways("stride", (height.stride, width.stride))
        how = f"{problem.kind} pooling with a {window} window, {stride} and "
        how += padding_phrase(problem.padding, "a padding")
    pen.say(f"{what} goes through {how}.", X=pen.letters("X"))
    if is_printed(problem.input[0]):
        for at, channel in enumerate(problem.input, 1):
            pen.equation(f"X[{at}]" if several else "X", channel)
    else:
        pen.say("The feature map is too large to be printed; it is handed out as a file.")
    _tell_conventions(problem, pen, height, width)
    _ask(problem, pen, height, width)


def _tell_conventions(problem: Pool, pen: Pen, height: Sides, width: Sides) -> None:
    if problem.ceil:
        empty = (
            "an average is taken over the values there are"
            if problem.kind == "average"
            else "nothing is there"
        )
        pen.say(f"The size is rounded up: the last windows may hang over the edge; {empty}.")
    elif problem.padding != "same" and any(
        side.outputs != outputs(side, ceil=True) for side in (height, width)
    ):
        pen.say("The size is rounded down: a window that does not fit completely is left out.")
    if problem.padding == "same":
        pen.say(same_sentence("places"))
    if problem.count_padding:
        pen.say("Padded places count in the averages, as zeros.")
    elif problem.padding != NO_PADDING:
        if problem.kind == "average":
            pen.say("Padded places do not count: an average is taken over the values of {X} in the window.",
                    X=pen.letters("X"))  # fmt: skip
        else:
            largest = "largest" if problem.kind == "max" else "smallest"
            pen.say(f"Padded places are empty: they are never the {largest} value.")


def _ask(problem: Pool, pen: Pen, height: Sides, width: Sides) -> None:
    channels = len(problem.input)
    rows, columns = (outputs(side, problem.rounds_up) for side in (height, width))
    room = min(3 + rows * columns * channels, 12)
    if problem.is_global:
        pen.ask(
            "output",
            "Compute the output, one number for every channel." if channels > 1 else "Compute the output.",
            room,
        )
    else:
        pen.ask(
            "output", "Compute the pooled feature map" + (" of every channel." if channels > 1 else "."), room
        )
    sides = "height × width × channels" if channels > 1 else "height × width"
    sides = "how many numbers it has" if problem.is_global else sides
    pen.ask("size", f"What is the size of the output ({sides})?", 3, usual=not problem.is_global)
    if rows * columns < height.size * width.size:
        pen.ask("removed", "What share of the values does the pooling remove?", 3)
