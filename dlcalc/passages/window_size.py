"""How many positions a window takes: the floor formula, told for height and width."""

from __future__ import annotations

from dlcalc.methods.windows import Padding, Sides
from dlcalc.work import Work

FORMULA = "floor((n[a] + 2p[a] - k[a])/s[a]) + 1"
UNEVEN = "floor((n[a] + p_before[a] + p_after[a] - k[a])/s[a]) + 1"


def tell_size(
    work: Work, height: Sides, width: Sides, padding: Padding, what: str = "kernel"
) -> tuple[int, int]:
    """Writes the output size of a window layer and gives it as (height, width).

    The line is ``o`` (one side for both directions) or ``o[h]`` and ``o[w]``.
    """
    if height == width:
        side = _tell_side(work, height, "", padding, what)
        return side, side
    return _tell_side(work, height, "h", padding, what), _tell_side(work, width, "w", padding, what)


def _tell_side(work: Work, side: Sides, a: str, padding: Padding, what: str) -> int:
    names = {f"{letter}[{a}]" if a else letter: value for letter, value in (
        ("n", side.size), ("k", side.kernel), ("s", side.stride), ("d", side.dilation),
        ("p", side.before), ("p_before", side.before), ("p_after", side.after),
    )}  # fmt: skip
    if side.dilation > 1:
        reach = work.line("k'[a]", "d[a]*(k[a] - 1) + 1", f"the {what} with its holes", values=names, a=a)
        names[f"k[{a}]" if a else "k"] = reach
    if padding == "same":
        filler = "zeros" if what == "kernel" else "places"  # pooling leaves its padding empty
        outputs = work.line(
            "o[a]", "ceil(n[a]/s[a])", "same padding keeps every step of the stride", values=names, a=a
        )
        names[f"o[{a}]" if a else "o"] = outputs
        total = work.line(
            "P[a]", "max((o[a] - 1)*s[a] + k[a] - n[a], 0)", f"{filler} needed in all", values=names, a=a
        )
        if total:
            before, after = (
                ("top", "bottom")
                if a == "h"
                else ("left", "right")
                if a == "w"
                else ("top and left", "bottom and right")
            )
            work.say(f"{filler.capitalize()} added: {{before}} {before}, {{after}} {after}; an odd one goes to the end.",
                     before=side.before, after=side.after)  # fmt: skip
        return int(outputs)
    formula = FORMULA if side.before == side.after else UNEVEN
    return int(work.line("o[a]", formula, "the start, and one more per step", values=names, a=a))
