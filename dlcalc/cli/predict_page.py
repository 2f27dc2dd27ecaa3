"""What a trained network answers, as a page or as JSON."""

from __future__ import annotations

import math
from typing import Any

from dlcalc.cli.networks_pages import STYLE, Target, cell, paragraph, section
from dlcalc.cli.predict_inputs import read_inputs, read_noise
from dlcalc.cli.predict_run import Trained, read_trained
from dlcalc.cli.predict_text import put_text
from dlcalc.cli.train_order import input_error
from dlcalc.cli.trouble import RIGHT
from dlcalc.derivation import Answer, Derivation, Inline, Step, Table
from dlcalc.engine.layer import Array
from dlcalc.notation.errors import InputError
from dlcalc.pictures.training import gallery_picture
from dlcalc.pictures.wording import digits
from dlcalc.renderers import Page

_MOST_SHOWN = 20  # rows and pictures of a page
_MOST_CLASSES = 5  # in a row of many classes, the likeliest
_MOST_NUMBERS = 10


def put_prediction(
    folder: str, raw: str | None, target: Target, *,
    invert: bool, network: str | None, samples: int, seed: int,
) -> int:  # fmt: skip
    """Asks the network and writes what it says."""
    trained = read_trained(folder, network)
    if trained.reads_text:
        return put_text(trained, raw, target, seed)
    shapes = trained.model.input_shapes
    changes: tuple[str, ...] = ()
    if trained.generates:
        inputs = read_noise(raw, shapes, samples, seed)
    elif raw is None:
        raise InputError(
            f"the network takes {'x'.join(map(str, shapes[0]))}, and nothing is given",
            "Name a picture, or write rows of numbers.",
        )
    else:
        found, changes = read_inputs(raw, shapes[0], invert=invert)
        inputs = [found]
    try:
        outputs = trained.of(*inputs)
    except ValueError as trouble:
        raise input_error(trouble) from None
    if target.style == "json":
        target.put_data(
            {
                "predict": folder,
                "recipe": trained.recipe,
                "network": trained.line,
                "predictions": _data(trained, outputs),
            }
        )
        return RIGHT
    page = Derivation("predict", STYLE)
    page.title = (f"Asked: {trained.recipe or trained.line}",)
    if changes:
        page.conventions = {"input": ", ".join(changes)}
    page.steps = _steps(trained, inputs[0], outputs)
    page.answers = {
        name: Answer(name, value, kind="word", style=STYLE) for name, value in _answers(trained, outputs)
    }
    target.put_page(Page(page))
    return RIGHT


def _steps(trained: Trained, inputs: Array, outputs: Array) -> list[Step]:
    if trained.classes:
        return [_classes(trained, outputs)]
    made, given = _pictures(outputs), _pictures(inputs)
    if made is not None and given is not None and outputs.shape[1:] == inputs.shape[1:]:
        step = section(
            "What it makes of the input", paragraph(f"Mean squared error {digits(_error(inputs, outputs))}.")
        )
        step.content += [
            gallery_picture("What was given", given.tolist(), 10), gallery_picture("What it made of it", made.tolist(), 10),
        ]  # fmt: skip
        return [step]
    if made is not None and trained.generates:
        step = section("What it makes")
        step.content.append(gallery_picture(f"{len(made)} samples", made.tolist(), 10))
        return [step]
    return [_numbers(outputs)]


def _answers(trained: Trained, outputs: Array) -> list[tuple[str, Any]]:
    """What stands at the end of the page."""
    if trained.classes:
        chosen = _chances(outputs)[:_MOST_SHOWN].argmax(axis=1).tolist()
        return [("class" if len(chosen) == 1 else "classes", ", ".join(trained.classes[at] for at in chosen))]
    return [("examples", len(outputs))]


def _classes(trained: Trained, outputs: Array) -> Step:
    """A row for each example: the class, and the probabilities of the likeliest."""
    rows: list[tuple[Inline, ...]] = []
    for number, chances in enumerate(_chances(outputs)[:_MOST_SHOWN], 1):
        likeliest = (-chances).argsort(kind="stable")[:_MOST_CLASSES]
        told = ", ".join(f"{trained.classes[at]}: {100 * chances[at]:.2f} %" for at in likeliest.tolist())
        rows.append((cell(number), trained.classes[int(likeliest[0])], told))
    more = len(outputs) - len(rows)
    return section(
        "Classes",
        Table(("example", "class", "probabilities"), tuple(rows), left_out=more, after=len(rows) - 1),
    )


def _chances(outputs: Array) -> Array:
    """Probabilities (n, classes); a single one stands for the second class. Of sequences the last step."""
    last = outputs.reshape(len(outputs), -1, outputs.shape[-1])[:, -1]
    if last.shape[1] > 1:
        return last
    import numpy as np

    return np.concatenate([1 - last, last], axis=1)


def _numbers(outputs: Array) -> Step:
    rows = tuple(
        (
            cell(number),
            ", ".join(map(digits, row[:_MOST_NUMBERS].tolist())) + " …" * (len(row) > _MOST_NUMBERS),
        )
        for number, row in enumerate(outputs.reshape(len(outputs), -1)[:_MOST_SHOWN], 1)
    )
    return section(
        "Numbers", Table(("example", "output"), rows, left_out=len(outputs) - len(rows), after=len(rows) - 1)
    )


def _pictures(values: Array) -> Array | None:
    """Values as pictures (n, height, width) in 0..1, at most as many as are shown; None where they are none."""
    some = values[:_MOST_SHOWN]
    if some.ndim == 4 and some.shape[3] in (1, 3):
        some = some.mean(axis=3)
    elif some.ndim == 2 and math.isqrt(some.shape[1]) ** 2 == some.shape[1] and some.shape[1] >= 16:
        some = some.reshape(len(some), math.isqrt(some.shape[1]), -1)
    elif some.ndim != 3:
        return None
    low = min(float(some.min(initial=0.0)), 0.0)
    return ((some - low) / (1 - low)).clip(0, 1)


def _error(inputs: Array, outputs: Array) -> float:
    return float(((inputs - outputs) ** 2).mean())


def _data(trained: Trained, outputs: Array) -> list[dict[str, Any]]:
    if trained.classes:
        return [
            {
                "class": trained.classes[int(chances.argmax())],
                "probabilities": dict(zip(trained.classes, map(float, chances), strict=True)),
            }
            for chances in _chances(outputs)
        ]
    return [{"output": output.tolist()} for output in outputs]
