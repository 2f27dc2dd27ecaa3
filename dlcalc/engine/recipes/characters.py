"""A network that gives the next character of a text, and writes."""

from __future__ import annotations

import math

import numpy as np

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.names import named
from dlcalc.engine.data.text import Vocabulary
from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model
from dlcalc.engine.recipes.description import Goal, Options, Prepared, Recipe, Report, ReportTable
from dlcalc.engine.recipes.reporting import report_supervised
from dlcalc.engine.recipes.supervised import Plan, prepare_supervised
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.step import SupervisedStep

_DATA = "learning-text"
_PLAN = Plan(epochs=100, batch_size=4, rate=5e-3, early_stopping=8, clip=1.0)
_WRITTEN = 240
_TEMPERATURES = (0.5, 1.0)
_START = 16


def line_of(steps: int, characters: int) -> str:
    """The network for windows of so many steps and a vocabulary of so many characters."""
    return (
        f"{steps} -> embedding 16 vocabulary={characters} -> lstm 64 sequences -> dense {characters} softmax"
    )


def prepare_characters(options: Options) -> Prepared:
    """The network in the size of the text's vocabulary. Raises ``DataError`` for data that are no text."""
    text = options.data or named(_DATA)
    if text.inputs.dtype.kind != "i" or text.targets.shape != text.inputs.shape:
        raise DataError(
            f"{text.title or 'the data'}: characters learns from a text. Give a .txt file, or {_DATA}."
        )
    line = line_of(text.inputs.shape[1], len(text.classes))
    return prepare_supervised("characters", line, _DATA, _PLAN, options)


def write(model: Model, start: Array, count: int, temperature: float, rng: np.random.Generator) -> Array:
    """Codes (count) that go on after the codes ``start``, each drawn from what the model gives for the next.

    The logits are divided by ``temperature``: below 1 the likely characters come more often. The model sees
    as many of the last codes as it has steps.
    """
    (steps,) = model.input_shapes[0]
    codes = np.concatenate([start, np.zeros(count, start.dtype)])
    window = np.zeros((1, steps), start.dtype)
    for at in range(len(start), len(codes)):
        seen = codes[max(0, at - steps) : at]
        # What stands behind the last code seen is read too, but no step looks ahead.
        window[0, : len(seen)] = seen
        logits = model.forward(window)[0, len(seen) - 1].astype(np.float64) / temperature
        chances = np.exp(logits - logits.max())
        codes[at] = rng.choice(len(chances), p=chances / chances.sum())
    return codes[len(start) :]


def report_characters(prepared: Prepared, result: Result) -> Report:
    """Bits for each character of the test part, beside counts without a network, and texts it writes."""
    report = report_supervised(prepared, result)
    step, parts = prepared.step, prepared.split
    assert isinstance(step, SupervisedStep) and parts is not None
    test, training = parts.test(again=True), parts.training
    single, pairs = counted_bits(training, test)
    bits = float(report.figures["test loss"]) / math.log(2)
    vocabulary = Vocabulary(training.classes)
    report.figures |= {
        "test bits per character": bits,
        "training bits per character": float(report.figures["training loss"]) / math.log(2),
        "test bits by single characters": single,
        "test bits by pairs of characters": pairs,
        "share of the bits by single characters": bits / single,
        "characters in the vocabulary": len(vocabulary),
        "test characters": test.targets.size,
    }
    heads = ("what guesses", "bits for each character")
    rows = (
        ("all characters alike", round(math.log2(len(vocabulary)), 3)),
        ("how often each character comes", round(single, 3)),
        ("how often each follows the one before", round(pairs, 3)),
        ("the network", round(bits, 3)),
    )
    report.tables.append(ReportTable("Bits for each character of the test part", heads, rows))
    start = test.inputs[0, :_START]
    rng = np.random.Generator(np.random.SFC64(prepared.settings["seed"]))
    texts = tuple(
        (temperature, vocabulary.decode(start), vocabulary.decode(write(step.model, start, _WRITTEN, temperature, rng)))
        for temperature in _TEMPERATURES
    )  # fmt: skip
    report.tables.append(ReportTable("What it writes", ("temperature", "after", "writes"), texts))
    return report


def counted_bits(training: Dataset, test: Dataset) -> tuple[float, float]:
    """Bits for each test character by how often it comes in the training part, and by how often it follows
    the one before.

    One is added to each count of single characters. Those of pairs are mixed with the single ones, which weigh
    as much as one pair seen.
    """
    count = len(training.classes)
    single = np.bincount(training.targets.ravel(), minlength=count) + 1.0
    single /= single.sum()
    pairs = np.bincount((training.inputs * count + training.targets).ravel(), minlength=count**2)
    mixed = pairs.reshape(count, count) + single
    mixed /= mixed.sum(axis=1, keepdims=True)
    by_single = -np.log2(single[test.targets]).mean()
    return float(by_single), float(-np.log2(mixed[test.inputs, test.targets]).mean())


RECIPES = (
    Recipe(
        "characters", "A character model on a short text", "Sequences",
        {"model": line_of(64, 42)}, _DATA,
        Goal("share of the bits by single characters", most=0.85), prepare_characters, report_characters, 5,
        "The bundled text has 2,052 characters: enough to learn the spelling of short words, not more. --data FILE.txt "
        "takes a longer one.",
    ),
)  # fmt: skip
"""The recipes of this family."""
