"""Pooling by hand.

Max, average and min pooling window by window, and global pooling of every channel; where each
largest value stands, the output size (rounded down, or up with --ceil) and the share of values removed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from dlcalc.givens import choice, flag, pair, tensor
from dlcalc.methods.pooling import outputs, pool_channels, pool_windows, pooled
from dlcalc.methods.pooling_slips import across_channels, another_kind, divided_by, over_zeros
from dlcalc.methods.windows import (
    NO_PADDING,
    Padding,
    Sides,
    directions,
    padding_kind,
    padding_words,
)
from dlcalc.notation.display import terminating
from dlcalc.notation.errors import InputError
from dlcalc.notation.numbers import Approx, Tensor, decimal_of
from dlcalc.passages.pool_windows import place_words, tell_ceil_size, tell_pooling, tell_window
from dlcalc.passages.window_size import tell_size
from dlcalc.topic import Mistake, Problem, Topic, ask
from dlcalc.work import Work

MOST_PLACES = 5_000_000
MOST_WRITTEN = 600  # a larger input is not written down

WHAT = {"max": "the largest value", "min": "the smallest value", "average": "the mean of the values"}


class Pool(Problem):
    input: Tensor = ask("the feature map, channels divided by a bar", tensor(), symbol="X")
    size: tuple[int, int] | None = ask("the window (not for global pooling)", pair(), None, symbol="k")
    stride: tuple[int, int] | None = ask(
        "how far the window moves (default: its size)", pair(), None, symbol="s"
    )
    padding: Padding = ask("empty places around the input", padding_kind(), NO_PADDING, symbol="p")
    kind: str = ask(
        "what a window becomes", choice("max", "average", "min", "global-max", "global-average"), "max"
    )
    ceil: bool = ask("round the size up: the last window may hang over", flag(), False)
    count_padding: bool = ask("averages are divided by padded places too", flag(), False)

    @property
    def is_global(self) -> bool:
        return self.kind.startswith("global-")

    @property
    def reduction(self) -> str:
        """max, average or min."""
        return self.kind.removeprefix("global-")

    @property
    def sides(self) -> tuple[Sides, Sides]:
        size = (len(self.input[0]), len(self.input[0][0]))
        window = self.size or size
        return directions(size, window, self.stride or window, self.padding, (1, 1))

    @property
    def rounds_up(self) -> bool:
        """Same padding fixes the size by itself."""
        return self.ceil and self.padding != "same"

    def check(self) -> None:
        if self.is_global:
            self._check_global()
        elif self.size is None:
            raise InputError(
                "is missing: the window", "Give it, for example --size 2, or take --kind global-max or global-average.", where="size"
            )  # fmt: skip
        elif self.count_padding and self.kind != "average":
            raise InputError(
                f"has no meaning for {self.kind} pooling",
                "It goes with --kind average.",
                where="count_padding",
            )
        height, width = self.sides
        for side, word in ((height, "row"), (width, "column")):
            self._check_side(side, word)
        windows = outputs(height, self.rounds_up) * outputs(width, self.rounds_up) * len(self.input)
        if windows * height.kernel * width.kernel > MOST_PLACES:
            raise InputError(
                f"is too large: {windows:,} windows of {height.kernel * width.kernel:,} places",
                f"At most {MOST_PLACES:,} places are looked at.",
                where="input",
            )

    def _check_global(self) -> None:
        given = {
            "size": self.size is not None,
            "stride": self.stride is not None,
            "padding": self.padding != NO_PADDING,
            "ceil": self.ceil,
            "count_padding": self.count_padding,
        }
        for name, is_given in given.items():
            if is_given:
                raise InputError(
                    "has no meaning for global pooling: its one window is the whole map",
                    "Leave it out, or name another kind, for example --kind max.",
                    where=name,
                )

    def _check_side(self, side: Sides, word: str) -> None:
        wide = max(side.before, side.after)
        if wide > side.kernel // 2 and self.padding != "same":
            most = [each.kernel // 2 for each in self.sides]
            allowed = str(most[0]) if most[0] == most[1] else f"{most[0]},{most[1]}"
            raise InputError(
                f"is more than half the window: {wide} for a window of {_count(side.kernel, word)}",
                "A window must never see padding alone (PyTorch asks so too): write at most half of it, "
                f"for example --padding {allowed}.",
                where="padding",
            )
        if outputs(side, self.rounds_up) < 1:
            hint = "Use a smaller window."
            if side.size == 1 and self.size is not None:
                window = f"1x{self.size[1]}" if word == "row" else f"{self.size[0]}x1"
                hint = f"A window on a single {word} needs both its sides, for example --size {window}."
            raise InputError(
                f"is larger than the input{' with its padding' * (side.before + side.after > 0)}: the window has "
                f"{_count(side.kernel, word)}, the input {side.size + side.before + side.after}",
                hint,
                where="size",
            )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def solve(problem: Pool, work: Work) -> None:
    height, width = problem.sides
    _tell_problem(problem, work, height, width)
    if not problem.is_global:
        with work.step("Output size"):
            if problem.rounds_up:
                rows, columns = tell_ceil_size(work, height, width)
            else:
                rows, columns = tell_size(work, height, width, problem.padding, "window")
    maps = work.compute(
        "M",
        pool_channels,
        problem.input,
        problem.reduction,
        height,
        width,
        problem.count_padding,
        problem.rounds_up,
    )
    channels = len(problem.input)
    if problem.is_global:
        vector = tuple(channel[0][0] for channel in maps)
        if work.telling:
            _tell_global(problem, work, height, width)
        if channels == 1:
            work.answer("output", vector[0], kind="number", letter="m")
        else:
            work.answer("output", vector, kind="array", letter="m")
        shape = work.compute("shape", lambda count: (count,), channels)
        work.answer("size", shape, kind="size")
    else:
        if work.telling:
            with work.step("Windows", _what(problem.kind, "of each")):
                tell_pooling(
                    work, problem.kind, problem.input, maps, height, width,
                    count_padding=problem.count_padding, places=True,
                )  # fmt: skip
        single = channels == 1
        work.answer("output", maps[0] if single else maps, kind="array", keys="M", letter="M")
        work.answer("size", (rows, columns) if single else (rows, columns, channels), kind="size")
    _tell_share(work, problem.input, maps)


def _what(kind: str, of: str) -> str:
    return f"{WHAT[kind]} {of}" + ("" if kind == "average" else "; at (row, column)")


def _tell_problem(problem: Pool, work: Work, height: Sides, width: Sides) -> None:
    channels = len(problem.input)
    what = f"a {height.size}×{width.size}{f'×{channels}' if channels > 1 else ''} input"
    if problem.is_global:
        work.title(f"Global {problem.reduction} pooling of {what}: one number per channel")
    else:
        parts = [f"window {height.kernel}×{width.kernel}", f"stride {_both(height.stride, width.stride)}"]
        parts.append(padding_words(problem.padding))
        work.title(f"{problem.kind.capitalize()} pooling of {what}: {', '.join(parts)}")
    shown = height.size * width.size * channels <= MOST_WRITTEN
    for number, channel in enumerate(problem.input):
        work.given(f"X[{number + 1}]" if channels > 1 else "X", channel, shown=shown)
    _tell_conventions(problem, work, height, width)


def _both(down: int, along: int) -> str:
    return str(down) if down == along else f"{down}×{along}"


def _tell_conventions(problem: Pool, work: Work, height: Sides, width: Sides) -> None:
    if problem.rounds_up:
        work.convention(
            "size",
            "rounded up (--ceil), as PyTorch does with ceil_mode; the last window may hang over the edge",
        )
    elif problem.padding != "same" and any(
        side.outputs != outputs(side, ceil=True) for side in (height, width)
    ):
        work.convention(
            "size", "rounded down: what does not fill a window at the end is not looked at (--ceil rounds up)"
        )
    if any((height.before, height.after, width.before, width.after)):
        if problem.kind == "average" and problem.count_padding:
            work.convention(
                "padding", "it counts: its zeros are averaged too, as PyTorch does unless told otherwise"
            )
        elif problem.kind == "average":
            work.convention(
                "padding", "it does not count: a sum is divided by the number of input values in its window "
                "(--count-padding divides by the padded places too)",
            )  # fmt: skip
        else:
            work.convention("padding", f"its places are empty, not 0: they are never {WHAT[problem.kind]}")


def _tell_global(problem: Pool, work: Work, height: Sides, width: Sides) -> None:
    kind = problem.reduction
    with work.step("The whole map", _what(kind, "of each channel")):
        for number, channel in enumerate(problem.input):
            [window] = pool_windows(channel, height, width, (1, 1))
            name = f"m[{number + 1}]" if len(problem.input) > 1 else "m"
            where = "" if kind == "average" else place_words(window, pooled(kind, window.numbers))
            tell_window(work, name, kind, window.numbers, 0, where)


def _tell_share(work: Work, image: Tensor, maps: Tensor) -> None:
    """The share of values removed, where the output is smaller than the input."""
    counts = [len(tensor) * len(tensor[0]) * len(tensor[0][0]) for tensor in (image, maps)]
    if counts[1] >= counts[0]:
        return
    with work.step("What is removed", f"{counts[0]:,} values go in, {counts[1]:,} come out"):
        share = work.line("r", "1 - N_out/N_in", values={"N_in": counts[0], "N_out": counts[1]})
        percent = 100 * share
        if terminating(percent) is None:
            percent = Approx(decimal_of(percent))  # 8/9 is told as 88.89 %
        work.say("Removed: {percent} % of the values.", percent=percent)
    work.answer("removed", share, letter="r")


def sample(rng: random.Random, level: str) -> Mapping[str, Any]:
    """Whole numbers; averages are taken over windows of one, two or four, so they end soon."""
    if level == "easy":
        return {"input": _block(rng, 4, 4), "size": 2, "kind": rng.choice(["max", "max", "average"])}
    if level == "exam":
        kind = rng.choice(["max", "max", "average", "min", "global"])
        if kind == "global":
            maps = " | ".join(_block(rng, 2, 4) for _ in range(rng.choice([1, 2, 3])))
            return {"input": maps, "kind": rng.choice(["global-max", "global-average"])}
        if kind == "average":
            return {"input": _block(rng, 4, 4), "size": 2, "stride": rng.choice([1, 2]), "kind": kind}
        side, window, stride = rng.choice([(4, 2, 1), (5, 3, 2), (5, 3, 1), (6, 2, 2), (6, 3, 3)])
        return {"input": _block(rng, side, side), "size": window, "stride": stride, "kind": kind}
    kind = rng.choice(["max", "average", "min"])
    channels = rng.choice([1, 2])
    givens: dict[str, Any] = {"size": 2, "stride": 2, "kind": kind}
    if rng.random() < 0.5:
        side = 4
        givens |= {"padding": 1}
        givens |= {"count_padding": True} if kind == "average" and rng.random() < 0.5 else {}
    else:
        side = 5
        givens |= {"ceil": True}
    low = -6 if kind == "max" else 0  # with zeros for its padding a window of negatives would come out as 0
    return {"input": " | ".join(_block(rng, side, side, low) for _ in range(channels)), **givens}


def _block(rng: random.Random, rows: int, columns: int, low: int = 0) -> str:
    return "; ".join(" ".join(str(rng.randint(low, 9)) for _ in range(columns)) for _ in range(rows))


# -- slips in the givens


def _swapped(problem: Pool) -> Mapping[str, Any] | None:
    if problem.stride in (None, problem.size):
        return None
    return {"size": problem.stride, "stride": problem.size}


def _without_stride(problem: Pool) -> Mapping[str, Any] | None:
    return None if problem.is_global else {"stride": (1, 1)}


def _one_sided(problem: Pool) -> Mapping[str, Any] | None:
    if isinstance(problem.padding, str):
        return None
    top, _, left, _ = problem.padding
    return {"padding": (top, 0, left, 0)}


def _counted(problem: Pool, counted: bool) -> Mapping[str, Any] | None:
    wants = problem.kind == "average" and problem.count_padding != counted
    return {"count_padding": counted} if wants else None


def _rounded(problem: Pool, up: bool) -> Mapping[str, Any] | None:
    return {"ceil": up} if not problem.is_global and problem.ceil != up else None


topic = Topic(
    Pool,
    solve,
    sample=sample,
    answers={
        "output": "the pooled map, a list of maps for several channels; one number per channel for global pooling",
        "size": "height and width of the output, with the number of channels if there are several",
        "removed": "the share of values that is removed",
    },
    decimals=True,
    mistakes=[
        Mistake("averaged-instead-of-max", "M", another_kind("max", "average"), "Max pooling keeps the largest value of a window; the mean is average pooling."),
        Mistake("maximum-instead-of-average", "M", another_kind("average", "max"), "Average pooling takes the mean of a window; its largest value is max pooling."),
        Mistake("minimum-instead-of-maximum", "M", another_kind("max", "min"), "Max pooling keeps the largest value of a window, not the smallest."),
        Mistake("maximum-instead-of-minimum", "M", another_kind("min", "max"), "Min pooling keeps the smallest value of a window, not the largest."),
        Mistake("forgot-the-stride", given=_without_stride, why="The window moves by the stride (its own size unless another is given), not by one place."),
        Mistake("swapped-window-and-stride", given=_swapped, why="The window and its stride have changed places."),
        Mistake("summed-instead-of-averaged", "M", divided_by(lambda window, height, width: 1), "The sum of a window is divided by how many values it has."),
        Mistake(
            "divided-by-the-side", "M", divided_by(lambda window, height, width: height.kernel),
            "A window of side k has k² values: the sum is divided by k², not by k.",
        ),
        Mistake(
            "divided-by-the-full-window", "M",
            divided_by(lambda window, height, width: height.kernel * width.kernel),
            "A window that hangs over the edge has fewer values: divide by those it has.",
        ),
        Mistake("forgot-the-padding", given=lambda problem: {"padding": NO_PADDING}, why="The windows start on the padding in front of the input."),
        Mistake("padded-one-side", given=_one_sided, why="Padding is added on both sides: it counts twice."),
        Mistake("padded-with-zeros", "M", over_zeros, "Padding is empty here: a 0 of it is never the largest or smallest value of a window."),
        Mistake("pooled-across-channels", "M", across_channels, "Every channel is pooled for itself: there are as many maps as before."),
        Mistake("rounded-the-size-up", given=lambda problem: _rounded(problem, up=True), why="A window that does not fit is dropped: the size is rounded down. If yours rounds up, ask with --ceil."),
        Mistake("rounded-the-size-down", given=lambda problem: _rounded(problem, up=False), why="The size was to be rounded up (--ceil): a last window may hang over the edge."),
        Mistake("kept-the-window-outside", "o", "o'[a]", "A window must start inside the input or the padding in front of it: the last one is dropped."),
        Mistake("forgot-the-start", "o", "floor((n[a] + 2p[a] - k[a])/s[a])", "The place where the window starts counts too: add 1."),
        Mistake("counted-what-is-left", "r", "N_out/N_in", "This is the share that is kept; what is removed is the rest of it."),
        Mistake("padding-counted", given=lambda problem: _counted(problem, counted=True), convention="padded places count in an average, --count-padding", why="The sum is divided by the padded places too."),
        Mistake("padding-left-out", given=lambda problem: _counted(problem, counted=False), convention="padded places do not count in an average (no --count-padding)", why="The sum is divided by the input values alone."),
        Mistake("sides-kept", "shape", lambda count: (1, 1, count) if count > 1 else (1, 1), convention="the sides stay: 1x1 beside the number of channels", why="A global pooling layer may keep height and width as 1."),
    ],
    examples=[
        {"input": "1 3 2 4; 5 6 7 8; 9 2 1 3; 4 5 6 7", "size": 2},
        {"input": "1 3 2 4; 5 6 7 8; 9 2 1 3; 4 5 6 7", "size": 2, "kind": "average"},
        {"input": "1 2 3; 4 5 6; 7 8 9", "kind": "global-average"},
        {"input": "0 5 1 2 0 0", "size": "1x2"},
        {"input": "4 0 7 1 2; 3 8 2 6 5; 1 9 0 3 4; 2 5 6 8 7; 6 1 3 2 9", "size": 2, "kind": "average", "ceil": True},
        {"input": "2 7 1 8; 2 8 1 8; 2 8 4 5; 9 0 4 5", "size": 3, "stride": 2, "padding": 1, "kind": "average"},
        {"input": "3 1 4 1 5; 9 2 6 5 3; 5 8 9 7 9; 3 2 3 8 4; 6 2 6 4 3", "size": 1, "stride": 3, "ceil": True},
        {"input": "1 2; 3 4 | 9 5; 0 2 | 1 1; 1 7", "kind": "global-max"},
    ],
)  # fmt: skip
