"""What came out of training a GAN: its samples, judged by a classifier that knows real examples only."""

from __future__ import annotations

import numpy as np

from dlcalc.engine.layer import Array
from dlcalc.engine.recipes.adversarial_measures import (
    LEAST_SHARE,
    SURE,
    Coverage,
    Judge,
    diversity,
    nearest,
    train_judge,
)
from dlcalc.engine.recipes.adversarial_step import SHOWN, AdversarialStep
from dlcalc.engine.recipes.description import Figure, Gallery, Prepared, Report, ReportTable
from dlcalc.engine.recipes.reporting import confusion_table, grey, share_words
from dlcalc.engine.training.loop import Result
from dlcalc.engine.training.metrics import ConfusionMatrix

DRAWN = 1000
"""Samples that are judged."""

_SHEET = 100
_COMPARED = 5000  # training examples a sample is compared with


def report_adversarial(prepared: Prepared, result: Result) -> Report:
    """Classes covered, how sure the judge is, diversity, copies of training examples; samples over time."""
    step, parts = prepared.step, prepared.split
    assert isinstance(step, AdversarialStep) and parts is not None
    judge = train_judge(parts, prepared.settings["seed"])
    test = parts.test(again=True).inputs
    training = parts.training.inputs[:_COMPARED]
    flat, asked = step.draw(DRAWN)
    samples = flat.reshape(-1, *test.shape[1:])
    probabilities = judge.probabilities(samples)
    found, real = Coverage.of(probabilities), Coverage.of(judge.probabilities(test))
    places, distances = nearest(samples, training)
    _, test_distances = nearest(test, training)
    figures: dict[str, Figure] = {}
    if step.conditional:
        figures["recognised as asked"] = float(np.mean(probabilities.argmax(axis=1) == asked))
    figures |= {
        "classes covered": found.covered,
        "entropy of the classes in bits": found.entropy,
        "sure share": found.sure,
        "diversity": diversity(samples, test),
        "distance from training": float(distances.mean() / test_distances.mean()),
        "judge's test accuracy": judge.accuracy,
        **_last(result),
        "parameters of the generator": step.generator.parameter_count,
        "parameters of the discriminator": step.adversary.model.parameter_count,
        "epochs": result.epochs, "updates": result.steps, "training examples": len(parts.training),
    }  # fmt: skip
    classes = parts.training.classes
    report = Report(figures, models=dict(step.models), notes=_notes(judge, len(test)))
    report.tables.append(_classes_table(found, real, classes))
    if step.conditional:
        counted = ConfusionMatrix(len(classes))
        counted.start()
        counted.add(probabilities, asked)
        report.tables.append(confusion_table("What was asked for, and what the judge saw", counted, classes))
    report.images = [
        _sheet(samples, asked, classes if step.conditional else ()),
        _over_time(step, test.shape[1:]),
        _beside_nearest(samples, training[places]),
    ]
    return report


def _last(result: Result) -> dict[str, Figure]:
    """The figures of the last epoch."""
    words = {
        "discriminator_loss": "discriminator's loss", "generator_loss": "generator's loss",
        "real_output": "D of real examples", "fake_output": "D of generated examples",
        "validation_real_output": "D of real examples held out",
    }  # fmt: skip
    last = result.history[-1] if result.history else {}
    return {word: last[name] for name, word in words.items() if name in last}


def _classes_table(found: Coverage, real: Coverage, classes: tuple[str, ...]) -> ReportTable:
    """How often the judge saw each class among samples, and in the test part."""
    rows: list[tuple[Figure, ...]] = [
        (name, count, share_words(count / sum(found.counts)), share_words(of_real / sum(real.counts)))
        for name, count, of_real in zip(classes, found.counts, real.counts, strict=True)
    ]
    rows += [
        ("entropy in bits", f"{found.entropy:.3f}", "", f"{real.entropy:.3f}"),
        (f"sure: probability of at least {SURE}", "", share_words(found.sure), share_words(real.sure)),
    ]
    title = f"What the judge sees in {sum(found.counts):,} samples"
    return ReportTable(title, ("class", "samples", "share", "share in the test part"), tuple(rows))


def _notes(judge: Judge, tested: int) -> list[str]:
    return [
        (
            "The judge, a convolutional network, learned from the real training examples only. It gets "
            f"{judge.accuracy:.1%} of {tested:,} test examples right, which the pair has not seen either."
        ),
        f"A class is covered when it has at least {LEAST_SHARE:.0%} of {DRAWN:,} samples.",
        "Diversity: mean distance to the nearest other sample, over that among real test examples.",
        "Distance from training: mean distance to the nearest training example, over that of test examples.",
    ]


def _sheet(samples: Array, asked: Array, classes: tuple[str, ...]) -> Gallery:
    """Samples as they come; those of a conditional generator stand under one another for each class."""
    if not classes:
        return Gallery("Samples, as they come", grey(samples[:_SHEET]), SHOWN)
    rows = max(1, _SHEET // len(classes))
    some = samples[: rows * len(classes)]
    captions = tuple(classes[label] for label in asked[: len(some)].tolist())
    return Gallery("Samples as asked for, as they come", grey(some), len(classes), captions)


def _over_time(step: AdversarialStep, shape: tuple[int, ...]) -> Gallery:
    """What became of the same latent points."""
    kept = step.kept()
    images = np.concatenate([samples.reshape(-1, *shape) for samples in kept.values()])
    captions = tuple(f"epoch {epoch}" if at == 0 else "" for epoch in kept for at in range(SHOWN))
    return Gallery(
        "The same latent points as training goes on, a row for each time", grey(images), SHOWN, captions
    )


def _beside_nearest(samples: Array, nearest_real: Array) -> Gallery:
    """Samples, and under each the training example that is nearest to it."""
    pairs = np.concatenate([samples[:SHOWN], nearest_real[:SHOWN]])
    return Gallery("Samples, and under each the nearest training example", grey(pairs), SHOWN)
