"""Pooling told window by window, and its size where that is rounded up."""

from __future__ import annotations

from dlcalc.methods.pooling import Window, pool_windows, rounded_up, starts_outside
from dlcalc.methods.windows import Sides
from dlcalc.notation.display import shown_tree
from dlcalc.notation.numbers import Matrix, Number, Tensor, Value
from dlcalc.notation.tree import Call, Name, Quotient, Sum, Tree, whole
from dlcalc.work import Work

MOST_TOLD = 25
TOLD_OF_MANY = 4
MOST_NUMBERS = 36  # a larger window is not written out number by number


def tell_pooling(
    work: Work,
    kind: str,
    maps: Tensor,
    result: Tensor,
    height: Sides,
    width: Sides,
    *,
    count_padding: bool = False,
    places: bool = False,
) -> None:
    """Writes every window (of many the first ones) and the pooled maps.

    With ``places`` each line also says where the largest (smallest) value stands and what the
    window has beyond the input.
    """
    for number, matrix in enumerate(maps):
        if len(maps) == 1:
            _tell_channel(work, kind, matrix, result[0], (height, width), "", count_padding, places)
            continue
        with work.step(f"Channel {number + 1}"):
            index = str(number + 1)
            _tell_channel(work, kind, matrix, result[number], (height, width), index, count_padding, places)


def _tell_channel(
    work: Work,
    kind: str,
    matrix: Matrix,
    result: Matrix,
    sides: tuple[Sides, Sides],
    index: str,
    count_padding: bool,
    places: bool,
) -> None:
    height, width = sides
    windows = pool_windows(matrix, height, width, (len(result), len(result[0])))
    told = len(windows) if work.everything or len(windows) <= MOST_TOLD else TOLD_OF_MANY
    for window in windows[:told]:
        name = Name(
            "m", tuple(whole(part) for part in [*([int(index)] if index else []), window.i, window.j])
        )
        reach = _span(window, kind, height.kernel * width.kernel if places else 0)
        tell_window(work, name, kind, window.numbers, window.places if count_padding else 0, reach)
    if told < len(windows):
        work.say("The other {n} windows go the same way; --all writes them out.", n=len(windows) - told)
    _tell_map(work, f"[{index}]" if index else "", result)


def _tell_map(work: Work, index: str, matrix: Matrix) -> None:
    if len(matrix) * len(matrix[0]) > 150:
        work.grid(f"M{index}", matrix)
    else:
        work.show(f"M{index}", matrix)


def tell_window(
    work: Work, name: str | Tree, kind: str, numbers: tuple[Number, ...], places: int, why: str
) -> Number:
    """One window as a line: its numbers, and the one number it becomes.

    An average is divided by ``places``, or by how many numbers there are where that is 0.
    """
    tree: Tree
    if len(numbers) > MOST_NUMBERS:
        return _tell_large(work, name, kind, numbers, places, why)
    shown = tuple(shown_tree(number, work.style) for number in numbers)
    if kind == "average":
        total: Tree = Sum(tuple((True, number) for number in shown)) if len(shown) > 1 else shown[0]
        tree = Quotient(total, whole(places or len(numbers)))
    else:
        tree = Call(kind, shown)
    value: Number = work.line(name, tree, why, letters=False)
    return value


def _tell_large(
    work: Work, name: str | Tree, kind: str, numbers: tuple[Number, ...], places: int, why: str
) -> Number:
    size = len(numbers)
    if kind == "average":
        total = sum(numbers)
        value: Number = work.line(
            name,
            "S/n",
            "; ".join(filter(None, (f"the sum of {size} values", why))),
            values={"S": total, "n": places or size},
            letters=False,
        )
        return value
    value = max(numbers) if kind == "max" else min(numbers)
    word = "largest" if kind == "max" else "smallest"
    work.show(name, value, f"the {word} of {size} values; {why}")
    return value


def _span(window: Window, kind: str, full: int) -> str:
    """Where a window lies; with its ``full`` size also where its value stands and what lies outside."""
    words = [
        f"{word}s {first + 1}–{last}" if last - first > 1 else f"{word} {last}"
        for word, (first, last) in (("row", window.rows), ("column", window.columns))
    ]
    if full:
        if kind != "average":
            words.append(place_words(window, max(window.numbers) if kind == "max" else min(window.numbers)))
        padding, over = window.places - len(window.numbers), full - window.places
        words += [f"{padding} padded"] * (padding > 0) + [f"{over} outside"] * (over > 0)
    return "; ".join(words)


def place_words(window: Window, number: Number) -> str:
    """Where a number stands in a window; of several equal ones the first, as frameworks take it."""
    found = window.holding(number)
    more = f", first of {len(found)}" if len(found) > 1 else ""
    return f"at ({found[0][0]}, {found[0][1]}){more}"


# -- the size, rounded up


def tell_ceil_size(work: Work, height: Sides, width: Sides) -> tuple[int, int]:
    """Writes the output size rounded up, and the rule that drops a window which starts outside."""
    if height == width:
        side = _tell_ceil_side(work, height, "", "rows or columns")
        return side, side
    return _tell_ceil_side(work, height, "h", "rows"), _tell_ceil_side(work, width, "w", "columns")


def _tell_ceil_side(work: Work, side: Sides, a: str, word: str) -> int:
    letters = (
        ("n", side.size), ("k", side.kernel), ("s", side.stride),
        ("p", side.before), ("p_before", side.before), ("p_after", side.after),
    )  # fmt: skip
    values: dict[str, Value] = {f"{letter}[{a}]" if a else letter: value for letter, value in letters}
    padding = "2p[a]" if side.before == side.after else "p_before[a] + p_after[a]"
    formula = f"ceil((n[a] + {padding} - k[a])/s[a]) + 1"
    why = "rounded up: the last window may hang over"
    if not starts_outside(side):
        return int(work.line("o[a]", formula, why, values=values, a=a))
    work.line("o'[a]", formula, why, values=values, a=a)
    work.line("t[a]", "(o'[a] - 1)*s[a]", f"{word} in front of the last window", values=values, a=a)
    before = f" + {side.before}" if side.before else ""
    work.say(
        f"The last window would start behind the input and the padding in front of it: "
        f"{{start}} ≥ {side.size}{before}. PyTorch drops it.",
        start=(rounded_up(side) - 1) * side.stride,
    )
    return int(work.line("o[a]", "o'[a] - 1", "without that window", a=a))
