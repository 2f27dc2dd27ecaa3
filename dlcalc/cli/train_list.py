"""``dlcalc train`` without a network: those that have a recipe."""

from __future__ import annotations

from dlcalc.cli.networks_pages import Target, paragraph, section
from dlcalc.derivation import Table
from dlcalc.engine.recipes import names, recipe
from dlcalc.engine.recipes.description import Goal, Recipe


def put_recipes(target: Target) -> None:
    """All recipes in chapters, with their goals."""
    found = [recipe(name) for name in names()]
    if target.style == "json":
        target.put_data({"recipes": [_data(one) for one in found]})
        return
    chapters = dict.fromkeys(one.chapter for one in found)
    heads = ("name", "what it is", "goal on its own data", "about")
    sections = [
        section(chapter, Table(heads, tuple(
            (one.name, one.title, goal_words(one.goal), f"{one.seconds:g} s") for one in found if one.chapter == chapter
        )))
        for chapter in chapters
    ]  # fmt: skip
    sections.append(
        section(
            "How they are used",
            paragraph("dlcalc train mnist-cnn trains one. Any other network that predicts is trained by its name or line."),
        )
    )  # fmt: skip
    target.put_sections("Networks that train", sections)


def goal_words(goal: Goal) -> str:
    """A goal as words: test accuracy at least 0.98."""
    bounds = (("at least", goal.least), ("at most", goal.most))
    return " ".join([goal.figure, *(f"{words} {bound:g}" for words, bound in bounds if bound is not None)])


def _data(one: Recipe) -> dict[str, object]:
    goal = {"figure": one.goal.figure, "least": one.goal.least, "most": one.goal.most}
    return {
        "name": one.name, "title": one.title, "chapter": one.chapter, "networks": one.networks, "data": one.data,
        "goal": goal, "seconds": one.seconds, "note": one.note,
    }  # fmt: skip
