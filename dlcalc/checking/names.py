"""Finds the answer a student names: P(X ≤ 3) and P(X<=3) are the same name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlcalc.notation.tokens import plain_signs

_CALL = re.compile(r"[A-Za-z]+ *[(\[].*[)\]]\Z")


def plain_name(name: str) -> str:
    """A name without blanks, its signs in ASCII."""
    return "".join(plain_signs(name).split())


def known_name(name: str, known: Iterable[str]) -> str:
    """The known name that is meant, or the name itself."""
    known = list(known)
    if name in known:
        return name
    return next((other for other in known if plain_name(other) == plain_name(name)), name)


def divided(text: str, known: Iterable[str], *, names_vary: bool = False) -> tuple[str, str]:
    """Name and value of ``P(X<=3) = 1/4``: the longest known name followed by = is the name.

    Without one the name is empty and the text is the value, unless what stands before the = can only
    be a name. Where ``names_vary`` so can a letter and a call, such as k and P(X < 1).
    """
    plain = {plain_name(name): name for name in reversed(list(known))}
    heads = [(text[:at], text[at + 1 :].strip()) for at, sign in enumerate(text) if sign == "="]
    for head, value in reversed(heads):
        if plain_name(head) in plain:
            return plain[plain_name(head)], value
    for head, value in reversed(heads) if names_vary else ():
        if _CALL.match(head.strip()):
            return head.strip(), value
    if heads:
        head, value = heads[0][0].strip(), heads[0][1]
        if head.replace("_", "").replace("-", "").isalpha() and (len(head) > 1 or names_vary):
            return head, value
    return "", text
