"""dlcalc: worked exam problems in deep learning, solved step by step and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlcalc.api import Checked, Solution, check, practice, render, solve

__all__ = ["Checked", "Solution", "check", "practice", "render", "solve"]


def __getattr__(name: str) -> Any:
    # Imported when first used, so that the command line pays for nothing it does not use.
    if name in __all__:
        from dlcalc import api

        return getattr(api, name)
    raise AttributeError(f"module 'dlcalc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
