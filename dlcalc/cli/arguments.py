"""Makes values that begin with a minus sign work everywhere on the command line.

``dlcalc eigen "-4 1; 2 3"`` is no option. Such values are moved behind ``--``, where the parser
takes them as they are; options and their values stay where they were.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

SHORT = {"-a", "-f", "-o", "-h"}


def with_safe_values(arguments: Sequence[str], taking: Collection[str]) -> list[str]:
    """The arguments of one command with its minus values moved behind ``--``.

    ``taking`` are the options that are followed by a value; whatever follows one is its value.
    """
    kept: list[str] = []
    values: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*kept, *(["--"] if values or waiting else []), *values, *waiting]
        if word in taking:
            kept.append(word)
            if waiting:
                kept.append(waiting.pop(0))
        elif _is_value(word):
            values.append(word)
        else:
            kept.append(word)
    return [*kept, "--", *values] if values else kept


def _is_value(word: str) -> bool:
    """Whether a word with a minus in front is a value: no long option and no known short one."""
    if not word.startswith("-") or word == "-" or word.startswith("--"):
        return False
    return word[:2] not in SHORT or " " in word
