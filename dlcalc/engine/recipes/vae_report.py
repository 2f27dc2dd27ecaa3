"""What a variational autoencoder learned: its map, samples, ways between digits, and what it finds strange."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.parts import Split
from dlcalc.engine.layer import Array
from dlcalc.engine.losses.elementwise import BinaryCrossEntropy
from dlcalc.engine.recipes.adversarial_measures import SURE, Coverage, train_judge
from dlcalc.engine.recipes.description import Figure, Gallery, Prepared, Report, ReportTable
from dlcalc.engine.recipes.outputs import outputs_of
from dlcalc.engine.recipes.vae_step import VariationalStep
from dlcalc.engine.training.fitting import in_order, predict
from dlcalc.engine.training.loop import Result

_MAP_SIDE = 15
_SAMPLES = 1000
_SHOWN_SAMPLES = 100
_WAYS = 5
_WAY_STEPS = 10
_SHOWN = 10


def decoded(step: VariationalStep, codes: Array) -> Array:
    """Images (rows, pixels) with values 0..1 of codes (rows, code)."""
    return predict(step.decoder, codes.astype(step.decoder.dtype), activation="sigmoid")


def encoded(step: VariationalStep, images: Array) -> Array:
    """The means of the codes (rows, code) of images (rows, pixels)."""
    return predict(step.encoder, images)


def strangeness(step: VariationalStep, images: Array) -> Array:
    """The anomaly score of each image (rows, pixels): reconstruction + beta * KL, with the mean as code."""
    mean, log_variance = outputs_of(step.encoder, images)
    logits = predict(step.decoder, mean)
    reconstruction = (np.logaddexp(0, logits) - images * logits).sum(axis=1)
    divergence = (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1) / 2
    scores: Array = reconstruction + step.divergence.weight * divergence
    return scores


def area_under_curve(usual: Array, strange: Array) -> float:
    """The chance that a strange example has the higher score, a tie counting half: the area under the ROC curve."""
    difference = strange[:, None] - usual[None]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def report_vae(prepared: Prepared, result: Result) -> Report:
    """Both parts of the loss, pictures of the code, the judgement of a classifier, the anomaly score."""
    step, parts = prepared.step, prepared.split
    assert isinstance(step, VariationalStep) and parts is not None
    test, training = parts.test(), parts.training
    rng = np.random.Generator(np.random.SFC64(prepared.settings["seed"]))
    code = step.decoder.input_shapes[0][0]
    figures: dict[str, Figure] = {}
    for name, part in (("training", training), ("test", test)):
        found = step.evaluate(in_order(part.reconstructing(), step.encoder))
        figures |= {f"{name} {figure}": value for figure, value in found.items()}
    figures |= _bounds(training, test)
    figures |= {
        "parameters": step.encoder.parameter_count + step.decoder.parameter_count,
        "epochs": result.epochs, "updates": result.steps, "training examples": len(training),
    }  # fmt: skip
    report = Report(figures, models={"encoder": step.encoder, "decoder": step.decoder})
    report.curves |= {
        f"{part}, {where}": [row[f"{front}{part}"] for row in result.history]
        for part in ("reconstruction", "kl")
        for where, front in (("training", ""), ("validation", "validation_"))
        if result.history and f"{front}{part}" in result.history[0]
    }
    samples = decoded(step, rng.standard_normal((_SAMPLES, code)))
    report.images += [
        _gallery("Digits of the test part, rebuilt below",
                 np.concatenate([test.inputs[:_SHOWN], decoded(step, encoded(step, test.inputs[:_SHOWN]))]), _SHOWN),
        _gallery("Samples: codes drawn from the prior", samples[:_SHOWN_SAMPLES], 20),
    ]  # fmt: skip
    if code == 2:
        report.images.append(_gallery("Map of the code", decoded(step, map_codes(_MAP_SIDE)), _MAP_SIDE))
    if test.classes:
        _add_judgement(report, prepared, samples, test)
        report.images.append(_ways(step, test))
    _add_strangeness(report, step, test, rng)
    return report


def map_codes(side: int) -> Array:
    """Codes (side * side, 2), row by row from the top: the middles of areas that are equally likely."""
    normal = NormalDist()
    places = [normal.inv_cdf((at + 0.5) / side) for at in range(side)]
    return np.array([(across, up) for up in reversed(places) for across in places])


def _bounds(training: Dataset, test: Dataset) -> dict[str, Figure]:
    """The reconstruction of the test part by the mean image, and by itself: grey pixels leave it above 0."""
    loss = BinaryCrossEntropy(from_logits=False, reduction="sum-per-example")
    mean = np.broadcast_to(training.inputs.mean(axis=0), test.inputs.shape)
    return {
        "test reconstruction by the mean image": loss.value(np.ascontiguousarray(mean), test.inputs),
        "least possible test reconstruction": loss.value(test.inputs, test.inputs),
    }


def _gallery(title: str, images: Array, columns: int) -> Gallery:
    side = round(float(np.sqrt(images.shape[1])))
    return Gallery(title, np.clip(images.reshape(-1, side, side), 0, 1), columns)


def _ways(step: VariationalStep, test: Dataset) -> Gallery:
    """Straight ways in the code from the first test image of a class to that of the class half the classes on."""
    count = len(test.classes)
    firsts = test.inputs[[int(np.argmax(test.targets == label)) for label in range(count)]]
    codes = encoded(step, firsts)
    shares = np.linspace(0, 1, _WAY_STEPS)[:, None]
    rows = []
    for start in range(min(_WAYS, count)):
        end = (start + count // 2) % count
        between = decoded(step, (1 - shares) * codes[start] + shares * codes[end])
        rows += [firsts[start : start + 1], between, firsts[end : end + 1]]
    title = (
        "From one digit of the test part (left) to another (right): codes on a straight line between theirs"
    )
    return _gallery(title, np.concatenate(rows), _WAY_STEPS + 2)


def _add_judgement(report: Report, prepared: Prepared, samples: Array, test: Dataset) -> None:
    """What a classifier of real digits makes of the samples, and where the classes lie in the code."""
    step, parts = prepared.step, prepared.split
    assert isinstance(step, VariationalStep) and parts is not None
    side = round(float(np.sqrt(test.inputs.shape[1])))
    image = (side, side, 1)
    real = Split(parts.training.reshaped(image), None, test.reshaped(image))
    judge = train_judge(real, prepared.settings["seed"])
    codes = encoded(step, test.inputs)
    of_samples, of_test, of_rebuilt = (
        Coverage.of(judge.probabilities(images.reshape(-1, *image)))
        for images in (samples, test.inputs, decoded(step, codes))
    )
    report.figures |= {
        "samples a classifier is sure of": of_samples.sure,
        "test digits it is sure of": of_test.sure,
        "sure samples over sure test digits": of_samples.sure / max(of_test.sure, 1 / len(test)),
        "rebuilt test digits it is sure of": of_rebuilt.sure,
        "its test accuracy on real digits": judge.accuracy,
        "classes among the samples": of_samples.covered,
        "entropy of their shares in bits": of_samples.entropy,
    }
    report.notes.append(
        f"The classifier learned from real digits alone, and is sure where it gives a class {SURE} or more."
    )
    rows: list[tuple[Figure, ...]] = []
    for label, name in enumerate(test.classes):
        of_class = codes[test.targets == label]
        where = ", ".join(f"{value:.2f}" for value in of_class.mean(axis=0)) if len(of_class) else ""
        rows.append((name, where, of_samples.counts[label]))
    heads = ("class", "mean code of the test part", f"of {len(samples):,} samples")
    report.tables.append(ReportTable("Classes in the code and among the samples", heads, tuple(rows)))


def _add_strangeness(report: Report, step: VariationalStep, test: Dataset, rng: np.random.Generator) -> None:
    """How well the score tells test digits from four kinds of images that are none."""
    side = round(float(np.sqrt(test.inputs.shape[1])))
    kinds = {
        "noise": rng.random(test.inputs.shape, dtype=np.float32),
        "pixels in another order": rng.permuted(test.inputs, axis=1),
        "light and dark swapped": 1 - test.inputs,
        "upside down": test.inputs.reshape(-1, side, side)[:, ::-1].reshape(test.inputs.shape),
    }
    usual = strangeness(step, test.inputs)
    rows: list[tuple[Figure, ...]] = [("test digits", round(float(usual.mean()), 1), "")]
    for name, images in kinds.items():
        scores = strangeness(step, images)
        area = area_under_curve(usual, scores)
        report.figures[f"area under the ROC curve, {name}"] = area
        rows.append((name, round(float(scores.mean()), 1), round(area, 4)))
    heads = ("images", "mean score", "area under the ROC curve")
    report.tables.append(ReportTable("Anomaly score: reconstruction + beta * KL", heads, tuple(rows)))
