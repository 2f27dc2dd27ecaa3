"""Convolution by hand.

Every window of a 2-D convolution product by product, channels summed and bias added; then, if
asked, an activation and a pooling of the feature maps.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import Kind, choice, flag, pair, tensor, value_data, vector, whole
from dlcalc.methods.activations import ACTIVATIONS, activate
from dlcalc.methods.convolution import convolve
from dlcalc.methods.pooling import KINDS, pool
from dlcalc.methods.windows import (
    NO_PADDING,
    Padding,
    Sides,
    directions,
    padding_kind,
    padding_words,
)
from dlcalc.notation.arrays import turned
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Number, Tensor
from dlcalc.notation.reader import read_formula
from dlcalc.notation.tree import Call
from dlcalc.notation.values import read_tensor
from dlcalc.passages.conv_windows import MOST_SHOWN, MOST_WRITTEN, Layer, tell_windows
from dlcalc.passages.pool_windows import tell_pooling
from dlcalc.passages.window_size import tell_size
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

MOST_PRODUCTS = 20_000_000


def _read_filters(raw: Any) -> tuple[Tensor, ...]:
    """One filter or several: text, a list of texts, or nested lists (four deep for several filters).

    Three deep is one filter of several channels; ``Conv.filters`` reads it as several filters where
    the image has only one channel.
    """
    if hasattr(raw, "tolist"):
        raw = raw.tolist()
    if isinstance(raw, (list, tuple)) and raw:
        depth, item = 0, raw
        while isinstance(item, (list, tuple)) and item:
            depth, item = depth + 1, item[0]
        if depth > 3 or isinstance(raw[0], str):
            return tuple(read_tensor(item) for item in raw)
    return (read_tensor(raw),)


def _filters_kind() -> Kind:
    return Kind(
        "tensor",
        _read_filters,
        data=value_data,
        form="`1 0; 0 1` or, by channels, `1 0; 0 1 | 0 1; 1 0`; may be repeated",
    )


class Conv(Problem):
    input: Tensor = ask("the image, channels divided by a bar", tensor(), symbol="X")
    kernel: tuple[Tensor, ...] = ask(
        "the kernel; repeat it for several filters", _filters_kind(), symbol="K", repeated=True
    )
    bias: tuple[Number, ...] = ask("one number per filter", vector(), (0,), symbol="b")
    stride: tuple[int, int] = ask("how far the window moves", pair(), (1, 1), symbol="s")
    padding: Padding = ask("zeros around the image", padding_kind(), NO_PADDING, symbol="p")
    dilation: tuple[int, int] = ask("distance between the kernel's entries", pair(), (1, 1), symbol="d")
    groups: int = ask("independent groups of channels", whole(1), 1, symbol="g")
    flip: bool = ask("turn the kernel first (true convolution)", flag(), False)
    activation: str = ask("applied to the feature maps", choice("none", *ACTIVATIONS), "none")
    pool: str = ask("pooling after the activation", choice("none", *KINDS), "none")
    pool_size: tuple[int, int] = ask("window of the pooling", pair(), (2, 2))
    pool_stride: tuple[int, int] | None = ask("stride of the pooling (default: its window)", pair(), None)

    @property
    def filters(self) -> tuple[Tensor, ...]:
        """The kernels as filters x channels: several matrices for a one-channel image are several filters."""
        only = self.kernel[0]
        if len(self.kernel) == 1 and len(only) > 1 and len(self.input) == self.groups:
            return tuple((channel,) for channel in only)
        return self.kernel

    @property
    def sides(self) -> tuple[Sides, Sides]:
        size = (len(self.input[0]), len(self.input[0][0]))
        first = self.filters[0][0]
        return directions(size, (len(first), len(first[0])), self.stride, self.padding, self.dilation)

    @property
    def biases(self) -> tuple[Number, ...]:
        return self.bias * len(self.filters) if len(self.bias) == 1 else self.bias

    @property
    def pool_sides(self) -> tuple[Sides, Sides]:
        height, width = self.sides
        return directions(
            (height.outputs, width.outputs),
            self.pool_size,
            self.pool_stride or self.pool_size,
            NO_PADDING,
            (1, 1),
        )

    def check(self) -> None:
        filters, channels = self.filters, len(self.input)
        if channels % self.groups or len(filters) % self.groups:
            raise InputError(
                f"does not divide {channels} channels and {len(filters)} filters",
                "Every group needs the same number of channels and of filters.", where="groups",
            )  # fmt: skip
        for number, kernel in enumerate(filters):
            which = f"filter {number + 1} " if len(filters) > 1 else ""
            if len(kernel) != channels // self.groups:
                raise InputError(
                    f"does not fit the input: {which}has {_count(len(kernel), 'channel')}, "
                    f"it needs {channels // self.groups}",
                    "Divide its channels by a bar: 1 0; 0 1 | 1 1; 0 0.", where="kernel",
                )  # fmt: skip
            if (len(kernel[0]), len(kernel[0][0])) != (len(filters[0][0]), len(filters[0][0][0])):
                raise InputError(
                    "has filters of different size", "Give every filter the same size.", where="kernel"
                )
        if len(self.bias) not in (1, len(filters)):
            raise InputError(
                f"has {_count(len(self.bias), 'number')} for {_count(len(filters), 'filter')}",
                "Give one number per filter, or one for all.", where="bias",
            )  # fmt: skip
        height, width = self.sides
        for side, word in ((height, "rows"), (width, "columns")):
            if side.room < 0:
                raise InputError(
                    f"is larger than the padded input: it reaches over {side.reach} {word}, "
                    f"the input has {side.size + side.before + side.after}",
                    "Use a smaller kernel, or more padding.", where="kernel",
                )  # fmt: skip
        products = height.outputs * width.outputs * height.kernel * width.kernel * channels * len(filters)
        if products > MOST_PRODUCTS:
            raise InputError(
                f"is too large: {products:,} products",
                f"At most {MOST_PRODUCTS:,} are worked out.",
                where="input",
            )
        if self.pool != "none" and min(side.room for side in self.pool_sides) < 0:
            raise InputError(
                f"is larger than the feature map of {height.outputs}x{width.outputs}", "Use a smaller window.",
                where="pool_size",
            )  # fmt: skip


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def solve(problem: Conv, work: Work) -> None:
    height, width = problem.sides
    _tell_problem(problem, work, height, width)
    with work.step("Output size"):
        rows, columns = tell_size(work, height, width, problem.padding)
    filters = tuple(tuple(turned(c) for c in f) for f in problem.filters) if problem.flip else problem.filters
    filters = work.compute("K", lambda kernels: kernels, filters)
    maps = work.compute("Z", convolve, problem.input, filters, problem.biases, height, width, problem.groups)
    single = len(maps) == 1
    if work.telling:
        layer = Layer(
            problem.input, problem.biases, (height, width), problem.dilation, problem.groups, problem.flip
        )
        tell_windows(work, layer, filters, maps)
    work.answer("output", maps[0] if single else maps, kind="array", keys="Z", letter="Z")
    work.answer("size", (rows, columns) if single else (rows, columns, len(maps)), kind="size")
    result = maps
    if problem.activation != "none":
        result = work.compute("A", activate, problem.activation, maps)
        with work.step(f"Activation: {ACTIVATIONS[problem.activation].title}"):
            _tell_activation(problem, work, maps, result)
        work.answer("activated", result[0] if single else result, kind="array", keys="A", letter="A")
    if problem.pool != "none":
        _solve_pooling(problem, work, result, single)


def _tell_problem(problem: Conv, work: Work, height: Sides, width: Sides) -> None:
    filters = problem.filters
    channels = f"×{len(problem.input)}" if len(problem.input) > 1 else ""
    parts = [f"stride {_both(problem.stride)}", padding_words(problem.padding)]
    if problem.dilation != (1, 1):
        parts.append(f"dilation {_both(problem.dilation)}")
    if problem.groups > 1:
        parts.append(f"{problem.groups} groups")
    kernels = (
        f"a {height.kernel}×{width.kernel} kernel"
        if len(filters) == 1
        else f"{len(filters)} filters {height.kernel}×{width.kernel}"
    )
    then = "" if problem.activation == "none" else f"; then {ACTIVATIONS[problem.activation].title}"
    if problem.pool != "none":
        then += f"; then {_sides(problem.pool_size)} {problem.pool} pooling"
    work.title(
        f"Convolution of a {height.size}×{width.size}{channels} input with {kernels}: {', '.join(parts)}{then}"
    )
    large = height.size * width.size * len(problem.input) > MOST_WRITTEN
    for number, channel in enumerate(problem.input):
        work.given(f"X[{number + 1}]" if channels else "X", channel, shown=not large)
    for number, kernel in enumerate(filters):
        for at, channel in enumerate(kernel):
            index = [str(number + 1)] * (len(filters) > 1) + [str(at + 1)] * (len(kernel) > 1)
            work.given(f"K[{','.join(index)}]" if index else "K", channel, shown=not large)
    if any(problem.bias):
        work.given("b", problem.biases[0] if len(filters) == 1 else problem.biases)
    if problem.flip:
        work.convention("kernel", "turned by 180° first: convolution as mathematics defines it")
    else:
        work.convention("kernel", "not turned: what deep learning calls convolution is a cross-correlation")


def _both(two: tuple[int, int]) -> str:
    return str(two[0]) if two[0] == two[1] else f"{two[0]}×{two[1]}"


def _sides(two: tuple[int, int]) -> str:
    return f"{two[0]}×{two[1]}"


def _tell_activation(problem: Conv, work: Work, maps: Tensor, result: Tensor) -> None:
    activation = ACTIVATIONS[problem.activation]
    if not work.telling:
        return
    work.formula(activation.formula, activation.why)
    for number, feature_map in enumerate(result):
        index = f"[{number + 1}]" if len(result) > 1 else ""
        if len(feature_map) * len(feature_map[0]) > MOST_SHOWN:
            work.grid(f"A{index}", feature_map)
        else:
            work.show(
                f"A{index}", feature_map, formula=Call(activation.function, (read_formula(f"Z{index}"),))
            )


def _solve_pooling(problem: Conv, work: Work, maps: Tensor, single: bool) -> None:
    height, width = problem.pool_sides
    result = work.compute(
        "M", lambda images: tuple(pool(image, problem.pool, height, width) for image in images), maps
    )
    with work.step(
        f"{problem.pool.capitalize()} pooling",
        f"window {_sides(problem.pool_size)}, stride {_both((height.stride, width.stride))}",
    ):
        if work.telling:
            tell_pooling(work, problem.pool, maps, result, height, width)
    work.answer("pooled", result[0] if single else result, kind="array", keys="M", letter="M")


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Small whole numbers; the kernel is drawn without a half-turn symmetry, so a flip shows."""
    side, kernel_side = {"easy": (3, 2), "exam": (rng.choice((4, 5)), rng.choice((2, 3))), "hard": (5, 3)}[
        level
    ]
    channels = 2 if level == "hard" else 1

    def block(size: int, low: int, high: int) -> str:
        return "; ".join(" ".join(str(rng.randint(low, high)) for _ in range(size)) for _ in range(size))

    givens: dict[str, Any] = {"input": " | ".join(block(side, 0, 5) for _ in range(channels))}
    while True:
        blocks = [block(kernel_side, -1, 2) for _ in range(channels)]
        if any(
            list(text.replace(";", "").split()) != list(reversed(text.replace(";", "").split()))
            for text in blocks
        ):
            break
    givens["kernel"] = " | ".join(blocks)
    if level != "easy":
        givens["bias"] = rng.choice([-2, -1, 1, 2])
        givens["stride"] = rng.choice([1, 2])
        givens["padding"] = rng.choice([0, 1])
    if level == "exam":
        givens["activation"] = "relu"
    if level == "hard":
        givens |= {
            "stride": 2,
            "padding": 1,
            "activation": "relu",
            "pool": "max",
            "pool_size": 2,
            "pool_stride": 1,
        }
    return givens


def _without_bias(image: Tensor, kernels: Any, bias: Any, *rest: Any) -> Tensor:
    return convolve(image, kernels, (0,) * len(kernels), *rest)


def _first_channel(
    image: Tensor, kernels: Any, bias: Any, height: Sides, width: Sides, groups: int = 1
) -> Tensor:
    return convolve(image[:1], tuple(kernel[:1] for kernel in kernels), bias, height, width)


def _one_sided(problem: Conv) -> Mapping[str, Any] | None:
    if isinstance(problem.padding, str):
        return None
    top, _, left, _ = problem.padding
    return {"padding": (top, 0, left, 0)}


topic = Topic(
    Conv,
    solve,
    sample=sample,
    answers={
        "output": "the feature map, a list of maps for several filters",
        "size": "height and width of the output, with the number of filters if there are several",
        "activated": "the feature maps after the activation",
        "pooled": "the feature maps after pooling",
    },
    mistakes=[
        Mistake(
            "flipped-kernel", "K", lambda kernels: tuple(tuple(turned(c) for c in kernel) for kernel in kernels),
            "This is what comes out when the kernel is turned by 180° first. Layers called convolution in deep "
            "learning do not turn it; if your course does, ask with --flip.",
        ),
        Mistake(
            "transposed-kernel", "K",
            lambda kernels: tuple(tuple(tuple(zip(*c, strict=True)) for c in kernel) for kernel in kernels),
            "Rows and columns of the kernel have changed places.",
        ),
        Mistake("forgot-the-bias", "Z", _without_bias, "The bias of the filter is added to every window."),
        Mistake(
            "forgot-the-stride", given=lambda problem: {"stride": (1, 1)},
            why="The window moves by the stride, not by one place at a time.",
        ),
        Mistake(
            "forgot-the-padding", given=lambda problem: {"padding": NO_PADDING},
            why="The zeros of the padding belong to the input: the window starts on them.",
        ),
        Mistake(
            "padded-one-side", given=_one_sided,
            why="Padding is added on both sides: it counts twice.",
        ),
        Mistake(
            "forgot-the-dilation", given=lambda problem: {"dilation": (1, 1)},
            why="A dilated kernel has gaps between its entries.",
        ),
        Mistake("only-the-first-channel", "Z", _first_channel, "Every channel has its own weights; all are added."),
        Mistake("forgot-the-start", "o", "floor((n[a] + 2p[a] - k[a])/s[a])", "The place where the window starts counts too: add 1."),
        Mistake("rounded-the-size-up", "o", "ceil((n[a] + 2p[a] - k[a])/s[a]) + 1", "A window that does not fit is dropped: the size is rounded down."),
        Mistake("kept-the-negatives", "A", lambda name, maps: maps, "The activation was not applied."),
        Mistake(
            "took-absolute-values", "A", lambda name, maps: tuple(tuple(tuple(abs(n) for n in row) for row in m) for m in maps),
            "ReLU sets negative values to 0; it does not drop their sign.",
        ),
        Mistake(
            "averaged-instead-of-max", given=lambda problem: {"pool": {"max": "average", "average": "max"}.get(problem.pool, "max")},
            why="Max pooling keeps the largest value of a window, average pooling their mean.",
        ),
    ],
    examples=[
        {"input": "1 2 0 1; 3 1 2 2; 0 1 3 1; 2 2 1 0", "kernel": "1 0 -1; 1 0 -1; 1 0 -1",
         "activation": "relu", "pool": "max", "pool_size": 2, "pool_stride": 1},
        {"input": "1 2 3 4; 5 6 7 8; 9 8 7 6; 5 4 3 2 | 2 1 0 1; 3 2 1 0; 4 3 2 1; 5 4 3 2",
         "kernel": "1 1 1; 1 1 1; 1 1 1 | 0 0 0; 0 1 0; 0 0 0", "bias": -45, "activation": "relu"},
        {"input": "1 0 2 1 3; 0 1 1 2 0; 2 1 0 1 1; 1 3 1 0 2; 0 1 2 1 1", "kernel": ["1 0; 0 -1", "0 1; -1 0"],
         "bias": "1 -1", "stride": 2, "padding": "same"},
        {"input": "1 2 0 1; 3 1 2 2; 0 1 3 1; 2 2 1 0", "kernel": "1 2; 0 -1", "dilation": 2},
    ],
)  # fmt: skip
