"""How an error is told: where, what, the place in what was typed, and the right form."""

from __future__ import annotations

import sys
from collections.abc import Callable

from dlcalc.notation.errors import DlcalcError, InputError, UnsolvableError

_ROOM = 72

RIGHT, WRONG, UNREADABLE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: all solved and right; an answer wrong; wrong usage or input; no solution or a fault; Ctrl-C."""


def exit_code(error: DlcalcError) -> int:
    """2 for what the user can mend, 3 for what has no solution."""
    return FAILED if isinstance(error, UnsolvableError) and not isinstance(error, InputError) else UNREADABLE


def told(error: DlcalcError, command: str, where: str = "", example: str = "") -> str:
    """The error as a paragraph: sentence, snippet with the place marked, advice."""
    place = where or error.where
    lines = [f"{command}: {place} {error.what}".replace("  ", " ").rstrip(". ") + "."]
    if error.text and error.end > error.start:
        lines += _snippet(error.text, error.start, error.end)
    advice = error.expected.rstrip()
    if example and "for example" not in advice and not advice.endswith("?"):
        advice = f"{advice.rstrip('.')}, for example {example}." if advice else f"For example {example}."
    if advice:
        lines.append(advice)
    return "\n".join(lines)


def _snippet(text: str, start: int, end: int) -> list[str]:
    """The line of the text with carets under the place, cut to what fits."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    row = text[first : last if last >= 0 else len(text)]
    start, end = start - first, min(end - first, len(row))
    if len(row) > _ROOM:
        cut = max(start - _ROOM // 2, 0)
        row = ("…" if cut else "") + row[cut : cut + _ROOM] + ("…" if cut + _ROOM < len(row) else "")
        start, end = start - cut + bool(cut), end - cut + bool(cut)
    row = "".join(sign if sign.isprintable() else "·" for sign in row)
    return [f"     {row}", f"     {' ' * start}{'^' * max(min(end, len(row)) - start, 1)}"]


def complain(message: str) -> None:
    """A message to the user, on standard error; control characters are made harmless."""
    clean = "".join(sign if sign.isprintable() or sign == "\n" else "·" for sign in message)
    sys.stderr.write(clean + "\n")


def guarded(command: str, work: Callable[[], int], debug: bool) -> int:
    """Runs a command; every trouble ends in a message and an exit code, never in a traceback."""
    try:
        return work()
    except DlcalcError as error:
        complain(told(error, command))
        return exit_code(error)
    except KeyboardInterrupt:
        complain("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except (RecursionError, MemoryError):
        complain(f"{command}: the problem is too large to be worked out. Use smaller numbers or sizes.")
        return FAILED
    except Exception as fault:
        if debug:
            raise
        complain(
            f"{command}: an internal fault: {type(fault).__name__}: {fault}. This is a mistake in dlcalc, not yours. "
            "DLCALC_DEBUG=1 shows where."
        )
        return FAILED
