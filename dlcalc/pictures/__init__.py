"""Draws what a topic is about: one module per topic, of the same name, with ``draw(problem, derivation)``.

A drawer takes every number from the answers of the derivation, so the picture shows what the page says,
rounded or slipped as it may be. Pictures are drawn only when somebody asks for them.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from dlcalc.derivation import Derivation, Picture, Step
from dlcalc.topic import Problem, Topic

_ROOM = Path(__file__).parent


def illustrate(topic: Topic, problem: Problem, derivation: Derivation) -> str:
    """Adds the pictures as the last step of the derivation; where there is none, gives the reason."""
    module = drawer_of(topic.name)
    if module is None:
        return f"there is no picture for {topic.name}"
    try:
        pictures: list[Picture] = module.draw(problem, derivation)
    except OverflowError:
        return "its numbers are too large to be drawn"
    if not pictures:
        return "there is nothing to be drawn here"
    step = Step(("Picture" if len(pictures) == 1 else "Pictures",))
    step.content.extend(pictures)
    derivation.steps.append(step)
    return ""


def drawer_of(name: str) -> Any:
    """The module that draws a topic, or None."""
    stem = name.replace("-", "_")
    if not stem.isidentifier() or not (_ROOM / f"{stem}.py").is_file():
        return None
    return importlib.import_module(f"dlcalc.pictures.{stem}")
