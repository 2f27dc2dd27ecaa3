"""Convolution as an exam sets it."""

from __future__ import annotations

from dlcalc.methods.activations import ACTIVATIONS
from dlcalc.notation.numbers import Matrix
from dlcalc.statements import Pen
from dlcalc.statements.wording import (
    both_ways,
    crossed,
    is_printed,
    listed,
    padding_phrase,
    same_sentence,
)
from dlcalc.topics.convolution.conv import Conv


def state(problem: Conv, pen: Pen) -> None:
    """Image and kernels, how the kernels move, the bias; asked for are the feature maps and what becomes of them."""
    filters, channels = problem.filters, len(problem.input)
    _tell_matrices(problem, pen)
    kernels = "Every filter" if len(filters) > 1 else "The kernel"
    turned = "turned by 180° first (true convolution)" if problem.flip else "not turned (cross-correlation)"
    moves = [both_ways("stride", problem.stride), padding_phrase(problem.padding)]
    if problem.dilation != (1, 1):
        moves.append(both_ways("dilation", problem.dilation))
    pen.say(f"{kernels} moves over the image with {listed(moves)}; it is {turned}.")
    if problem.padding == "same":
        pen.say(same_sentence("zeros"))
    if problem.groups > 1:
        pen.say(
            f"The channels and the filters are divided into {problem.groups} groups in their order; "
            "a filter sees only the channels of its own group."
        )
    _tell_bias(problem, pen)
    _ask(problem, pen, several=len(filters) > 1, summed=channels > problem.groups)


def _tell_matrices(problem: Conv, pen: Pen) -> None:
    filters, image = problem.filters, problem.input
    channels, seen = len(image), len(filters[0])
    size = crossed((len(image[0]), len(image[0][0])))
    window = crossed((len(filters[0][0]), len(filters[0][0][0])))
    what = f"A {size} image {{X}} of {channels} channels" if channels > 1 else f"A {size} image {{X}}"
    with_what = (
        f"{len(filters)} filters of size {window}" if len(filters) > 1 else f"the {window} kernel {{K}}"
    )
    if seen > 1:
        each = "its group's" if problem.groups > 1 else "the"
        with_what += f", {'each ' * (len(filters) > 1)}with a matrix for every one of {each} {seen} channels"
    pen.say(f"{what} is convolved with {with_what}.", X=pen.letters("X"), K=pen.letters("K"))
    if len(filters) > 1 and seen > 1:
        pen.say("{K} is the matrix of the first filter for its second channel.", K=pen.letters("K[1,2]"))
    _tell_each(pen, "image", [(f"X[{at}]" if channels > 1 else "X", one) for at, one in enumerate(image, 1)])
    lettered = []
    for number, kernel in enumerate(filters, 1):
        for at, channel in enumerate(kernel, 1):
            index = [str(number)] * (len(filters) > 1) + [str(at)] * (seen > 1)
            lettered.append((f"K[{','.join(index)}]" if index else "K", channel))
    _tell_each(pen, "kernel", lettered)


def _tell_each(pen: Pen, what: str, lettered: list[tuple[str, Matrix]]) -> None:
    if is_printed(lettered[0][1]):
        for letter, matrix in lettered:
            pen.equation(letter, matrix)
    else:
        pen.say(f"The {what} is too large to be printed; it is handed out as a file.")


def _tell_bias(problem: Conv, pen: Pen) -> None:
    if not any(problem.bias):
        return
    if len(set(problem.biases)) == 1:
        whose = "every filter" if len(problem.filters) > 1 else "the filter"
        pen.say(f"The bias of {whose} is {{b}}.", b=pen.equal("b", problem.biases[0]))
    else:
        named = {f"b{at}": pen.equal(f"b[{at}]", bias) for at, bias in enumerate(problem.biases, 1)}
        pen.say(f"The biases of the filters are {listed(f'{{{name}}}' for name in named)}.", **named)


def _ask(problem: Conv, pen: Pen, *, several: bool, summed: bool) -> None:
    maps = "feature maps" if several else "feature map"
    of = " of all filters" if several else ""
    height, width = problem.sides
    places = height.outputs * width.outputs * len(problem.filters)
    room = min(4 + places * (2 if summed else 1), 16)
    pen.ask("output", f"Compute the {maps}{of}.", room)
    sides = "height × width × channels" if several else "height × width"
    pen.ask("size", f"What is the size of the output ({sides})?", 3)
    after = maps
    if problem.activation != "none":
        function = ACTIVATIONS[problem.activation]
        pen.ask("activated", f"Apply the {function.title} function to the {maps}.", min(3 + places // 2, 8))
        after = f"{maps} after the {function.title} function"
    if problem.pool != "none":
        down, across = problem.pool_sides
        window = crossed((down.kernel, across.kernel))
        stride = both_ways("stride", (down.stride, across.stride))
        pen.ask(
            "pooled", f"Apply {problem.pool} pooling with a {window} window and {stride} to the {after}.", 4
        )
