"""The page of a training run: what was trained, what it reached, curves, tables, pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dlcalc.cli import output
from dlcalc.cli.networks_pages import STYLE, Target, cell, paragraph, section
from dlcalc.cli.train_list import goal_words
from dlcalc.cli.train_machine import machine_words
from dlcalc.cli.train_run import Outcome
from dlcalc.derivation import Answer, Derivation, Inline, Picture, Step, Table
from dlcalc.engine.recipes.description import Figure, Gallery, ReportTable
from dlcalc.notation.approx import Approx
from dlcalc.pictures.training import curves_picture, gallery_picture
from dlcalc.pictures.wording import digits
from dlcalc.renderers import Document, Page, rendered

REPORT = "report.html"
_ENOUGH = 4  # significant digits
_PARTS = ("training", "validation", "test")
_SETTINGS = {
    "batch_size": "batch size", "optimizer": "optimizer", "rate": "learning rate", "augmentation": "augmentation",
    "clip": "gradients clipped at norm", "early_stopping": "epochs waited for a better one",
}  # fmt: skip
_ELSEWHERE = {"parameters", "training examples", "epochs", "updates"}
"""Figures that stand in other places of the page."""

_SHARES = ("accuracy", "recall", "precision", "share")


def put_outcome(outcome: Outcome, target: Target, *, everything: bool) -> None:
    """Writes the page in the format asked for, and with all its pictures into the folder of the run."""
    whole = Document([Page(page_of(outcome, pictures=True))])
    output.write_file(str(outcome.folder / REPORT), rendered(whole, "html"))
    if target.style == "json":
        target.put_data(data_of(outcome))
        return
    drawn = everything or target.style in ("html", "pdf")
    target.put_page(Page(page_of(outcome, pictures=drawn)))


def page_of(outcome: Outcome, *, pictures: bool) -> Derivation:
    """The page; without ``pictures`` it has the learning curves alone."""
    recipe, report = outcome.order.recipe, outcome.report
    page = Derivation("train", STYLE)
    page.title = (f"{recipe.title}: trained",)
    page.echo = {"network": outcome.order.network, **outcome.order.given}
    page.steps = [
        _trained(outcome),
        _reached(outcome),
        *[_drawn("Learning curves", _curves(outcome))] * bool(outcome.result.history),
        *[section(table.title, _table(table)) for table in report.tables],
    ]
    galleries = [*report.images, *outcome.filters]
    if pictures and galleries:
        page.steps.append(_drawn("Pictures", [picture_of(gallery) for gallery in galleries]))
    if report.notes or recipe.note:
        page.steps.append(
            section("Notes", *map(paragraph, [*report.notes, *[recipe.note] * bool(recipe.note)]))
        )
    page.steps.append(_kept(outcome))
    page.answers = {
        name: Answer(name, value, kind="number", style=STYLE)
        for figure, value in _headline(outcome)
        for name in [figure.replace(":", "").replace(" ", "_")]
    }
    return page


def _headline(outcome: Outcome) -> list[tuple[str, Any]]:
    """The figure that counts: that of the goal, or of the test part, or the first there is."""
    figures = outcome.report.figures
    wanted = (outcome.order.recipe.goal.figure, "test accuracy", "test loss", *figures)
    name = next(name for name in wanted if name in figures)
    found = figures[name]
    if not isinstance(found, float):
        return [(name, found)]
    if not math.isfinite(found):
        return [(name, str(found))]
    return [(name, int(found) if found.is_integer() else Approx(Decimal(repr(found))))]


def _trained(outcome: Outcome) -> Step:
    """What was trained, on what, and how."""
    order, settings = outcome.order, outcome.prepared.settings
    networks = networks_of(outcome)
    step = section("What was trained")
    for role, line in networks.items():
        step.content.append(paragraph(line if len(networks) == 1 else f"{role}: {line}"))
    step.content.append(
        paragraph(f"Data: {settings.get('data') or order.data}. {source_of(outcome)}".rstrip())
    )
    rows: list[tuple[str, Any]] = [("parameters trained", parameters_of(outcome))]
    rows += [(f"{name} examples", count) for name, count in parts_of(outcome).items()]
    rows += [(words, settings.get(key)) for key, words in _SETTINGS.items()]
    rows.append(("seed", str(order.options.seed)))
    shown = tuple((name, _cell(value)) for name, value in rows if value not in (None, "", 0))
    step.content.append(Table(("", ""), shown))
    return step


def _reached(outcome: Outcome) -> Step:
    """Loss and accuracy of the parts, all other figures, and whether the goal was reached."""
    figures, result = outcome.report.figures, outcome.result
    kinds = [kind for kind in ("loss", "accuracy") if any(f"{part} {kind}" in figures for part in _PARTS)]
    parts = [part for part in _PARTS if any(f"{part} {kind}" in figures for kind in kinds)]
    step = section("What it reached", why=_ending_words(outcome))
    if parts:
        rows = tuple(
            (part, *[told_figure(kind, figures.get(f"{part} {kind}", "")) for kind in kinds])
            for part in parts
        )
        step.content.append(Table(("part", *kinds), rows))
    shown = {f"{part} {kind}" for part in parts for kind in kinds} | _ELSEWHERE
    others = [(name, told_figure(name, value)) for name, value in figures.items() if name not in shown]
    if others:
        step.content.append(Table(("", ""), tuple(others)))
    if result.best_epoch:
        step.content.append(
            paragraph(f"The weights are those of epoch {result.best_epoch}, the best in validation.")
        )
    if outcome.order.recipe.goal.figure:
        step.content.append(paragraph(verdict_of(outcome)))
    if "test accuracy" in figures or "test loss" in figures:
        step.content.append(paragraph("The test part was used once, at the end."))
    return step


def _ending_words(outcome: Outcome) -> str:
    result = outcome.result
    ended = {"early stopping": "stopped early: it got no better", "completed": "to the end"}
    epochs = f"{result.epochs:,} epoch{'s' * (result.epochs != 1)}"
    return f"{epochs}, {result.steps:,} updates; {ended.get(result.reason, result.reason)}"


def verdict_of(outcome: Outcome) -> str:
    """Whether the recipe's goal was reached, said plainly."""
    order = outcome.order
    goal = goal_words(order.recipe.goal)
    if not order.is_own:
        return f"The recipe's goal ({goal}) is for its own data and options; this run has others."
    found = outcome.report.figures.get(order.recipe.goal.figure, "")
    value = digits(found) if isinstance(found, float) else found
    word = "reached" if order.recipe.goal.reached(outcome.report.figures) else "not reached"
    return f"The goal, {goal}, was {word}: {value}."


def _curves(outcome: Outcome) -> list[Picture]:
    """Loss and accuracy, and the curves of the report; without any, all the loop wrote down."""
    history = outcome.result.history
    grouped: dict[str, dict[str, Sequence[float]]] = {}
    for title, values in outcome.report.curves.items():
        what, _, name = title.partition(", ")
        grouped.setdefault(what, {})[name or what] = values
    plain = ("loss", "accuracy") if grouped else tuple(
        name for name in history[0] if name not in ("epoch", "seconds", "gradient_norm") and not name.startswith(("validation_", "rate"))
    )  # fmt: skip
    for name in plain:
        pair = {"training": name, "validation": f"validation_{name}"}
        found: dict[str, Sequence[float]] = {
            part: [row[key] for row in history] for part, key in pair.items() if key in history[0]
        }
        if found and name not in grouped:
            grouped[name] = found
    return [curves_picture(what, curves) for what, curves in grouped.items()]


def picture_of(gallery: Gallery) -> Picture:
    """A gallery as a picture."""
    return gallery_picture(gallery.title, gallery.images.tolist(), gallery.columns, gallery.captions)


def _drawn(title: str, pictures: Sequence[Picture]) -> Step:
    step = section(title)
    step.content += pictures
    return step


def _table(table: ReportTable) -> Table:
    rows = tuple(tuple(_cell(value) for value in row) for row in table.rows)
    return Table(table.heads, rows)


def _cell(value: Any) -> Inline:
    """A number, words, or numbers by name as a cell."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(one)}" for name, one in value.items())
    return digits(value) if isinstance(value, float) else cell(value)


def _kept(outcome: Outcome) -> Step:
    """Where the run is, how it is used, and what it took."""
    folder = outcome.folder
    return section(
        "Where it is",
        paragraph(f"{folder}: weights.npz, the history as CSV and JSON lines, {REPORT} with all pictures."),
        paragraph(f"dlcalc predict {folder} IMAGE asks the trained network."),
        paragraph(f"{outcome.seconds:.1f} seconds on {machine_words()}."),
    )


def told_figure(name: str, value: Figure) -> Inline:
    """A figure as the page writes it: shares in per cent."""
    if isinstance(value, float):
        is_share = name.endswith(_SHARES) and 0 <= value <= 1
        return f"{100 * value:.2f} %" if is_share else digits(value, _ENOUGH)
    return cell(value)


# -- what a run is about, for the page and for JSON


def networks_of(outcome: Outcome) -> dict[str, str]:
    """The spec lines by role; those the data changed in the place of the recipe's."""
    changed = outcome.prepared.settings.get("networks")
    return changed if isinstance(changed, dict) else outcome.order.recipe.networks


def parameters_of(outcome: Outcome) -> int:
    """The numbers that are trained, in all networks."""
    return sum(model.parameter_count for model in outcome.prepared.step.models.values())


def source_of(outcome: Outcome) -> str:
    """Where the data are from, with their licence where it is known."""
    parts = outcome.prepared.split
    return parts.training.source if parts is not None else ""


def parts_of(outcome: Outcome) -> dict[str, int]:
    """How many examples each part has."""
    parts = outcome.prepared.split
    if parts is None:
        return {}
    counts = {"training": len(parts.training)}
    if parts.validation is not None:
        counts["validation"] = len(parts.validation)
    if parts.has_test:
        counts["test"] = len(parts.test(again=True))
    return counts


def data_of(outcome: Outcome) -> dict[str, Any]:
    """The run as JSON holds it."""
    recipe, report, result = outcome.order.recipe, outcome.report, outcome.result
    goal = recipe.goal
    reached = goal.reached(report.figures) if outcome.order.is_own else None
    return {
        "train": outcome.order.network, "title": recipe.title, "networks": networks_of(outcome),
        "parameters": parameters_of(outcome),
        "source": source_of(outcome), "parts": parts_of(outcome), "settings": outcome.prepared.settings,
        "epochs": result.epochs, "updates": result.steps, "ended": result.reason, "best_epoch": result.best_epoch,
        "figures": report.figures,
        "goal": {"figure": goal.figure, "least": goal.least, "most": goal.most, "reached": reached} if goal.figure else None,
        "history": result.history, "curves": report.curves,
        "tables": [{"title": one.title, "heads": one.heads, "rows": one.rows} for one in report.tables],
        "notes": report.notes, "folder": str(outcome.folder), "seconds": round(outcome.seconds, 2),
        "machine": machine_words(),
    }  # fmt: skip
