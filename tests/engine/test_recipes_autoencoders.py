"""Recipes of autoencoders, the variational one among them, in settings short enough for a test."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcalc.engine.building.build import build
from dlcalc.engine.data.dataset import Dataset
from dlcalc.engine.data.digit_images import digits
from dlcalc.engine.data.parts import Split
from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model
from dlcalc.engine.optimizing.optimizers import SGD
from dlcalc.engine.recipes import recipe
from dlcalc.engine.recipes.autoencoders import rebuilt_by_components
from dlcalc.engine.recipes.autoencoders_denoising import spoilt
from dlcalc.engine.recipes.autoencoders_sparse import with_code
from dlcalc.engine.recipes.description import Options, Report
from dlcalc.engine.recipes.outputs import outputs_of
from dlcalc.engine.recipes.vae_report import area_under_curve, decoded, encoded, map_codes, strangeness
from dlcalc.engine.recipes.vae_step import VariationalStep, with_heads
from dlcalc.engine.training.loop import train
from dlcalc.networks.spec import read_network

PIXELS, CODE, ROWS = 6, 2, 3


def run(name: str, options: Options) -> Report:
    """The report of a recipe trained with these options."""
    chosen = recipe(name)
    prepared = chosen.prepare(options)
    result = train(
        prepared.step, prepared.batches,
        epochs=prepared.epochs, validation=prepared.validation, early_stopping=prepared.early_stopping,
    )  # fmt: skip
    return chosen.report(prepared, result)


@pytest.mark.parametrize(("name", "epochs"), [("autoencoder", 12), ("conv-autoencoder", 2)])
def test_rebuilding_beats_the_mean_image(name: str, epochs: int) -> None:
    report = run(name, Options(epochs=epochs, rate=3e-3))
    figures = report.figures
    assert figures["test mse"] < 0.5 * figures["test mse of the mean image"]
    assert figures["test mse of 32 principal components"] < 0.1 * figures["test mse of the mean image"]
    assert report.images[0].images.shape[1:] == (28, 28)
    if name == "autoencoder":
        assert figures["parameters"] == 222_384


def test_components_rebuild_as_the_singular_value_decomposition_does() -> None:
    rng = np.random.default_rng(1)
    training, inputs = rng.random((30, 2, 5)), rng.random((4, 2, 5))
    mean = training.reshape(30, 10).mean(axis=0)
    axes = np.linalg.svd(training.reshape(30, 10) - mean)[2][:3]
    by_hand = mean + (inputs.reshape(4, 10) - mean) @ axes.T @ axes
    np.testing.assert_allclose(rebuilt_by_components(training, inputs, 3).reshape(4, 10), by_hand, atol=1e-12)
    np.testing.assert_allclose(rebuilt_by_components(training, inputs, 0).reshape(4, 10), [mean] * 4)
    np.testing.assert_allclose(rebuilt_by_components(training, inputs, 10), inputs, atol=1e-12)


def test_denoising_takes_most_of_the_noise_away() -> None:
    report = run("denoising-autoencoder", Options(epochs=10, rate=3e-3))
    for kind in ("Gaussian noise", "masking noise", "both"):
        assert report.figures[f"{kind}: share of the error left"] < 0.6
        assert report.figures[f"{kind}: mse of the input"] > 0.03
    assert report.figures["both: mse of the output"] < 0.6 * report.figures["test mse of the mean image"]
    assert len(report.images) == 3 and report.images[0].images.shape == (30, 28, 28)


def test_noise_is_of_the_kind_that_was_asked_for() -> None:
    part = Dataset(np.full((50, 400), 0.5, np.float32), np.zeros((50, 1), np.float32))
    masked, noisy = spoilt(part, "mask=0.3", 1), spoilt(part, "noise=0.1", 1)
    assert set(np.unique(masked)) == {0, 0.5}
    assert (masked == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert noisy.std() == pytest.approx(0.1, rel=0.05)
    assert (part.inputs == 0.5).all()


def test_the_penalty_makes_the_code_sparse() -> None:
    figures = run("sparse-autoencoder", Options(epochs=20)).figures
    assert figures["sparse mean activation"] < 0.15 < 0.4 < figures["plain mean activation"]
    assert figures["sparse units above 0.1"] < 0.7 * figures["plain units above 0.1"]
    assert figures["sparse test mse"] < figures["test mse of the mean image"]


def test_the_code_is_the_second_output() -> None:
    network = read_network("4 -> dense 3 sigmoid -> dense 4 sigmoid")
    model = build(with_code(network, 1), batch=2, seed=3)
    x = np.random.default_rng(0).random((5, 4)).astype(np.float32)
    rebuilt, code = outputs_of(model, x)
    first, second = (model.parameters()[f"{at}.dense.kernel"].value for at in (1, 2))
    np.testing.assert_allclose(code, 1 / (1 + np.exp(-x @ first)), rtol=1e-5)
    np.testing.assert_allclose(rebuilt, 1 / (1 + np.exp(-code @ second)), rtol=1e-5)


# -- the variational autoencoder


def small_step(beta: float = 0.7, rows: int = ROWS) -> VariationalStep:
    """A VAE of 6 pixels and a code of 2 in float64, without a kink anywhere."""
    encoder = build(
        with_heads(read_network(f"{PIXELS} -> dense 5 tanh -> [dense {CODE} | dense {CODE}]")),
        batch=rows, dtype=np.float64, seed=1,
    )  # fmt: skip
    line = f"{CODE} -> dense 4 tanh -> dense {PIXELS} sigmoid"
    decoder = build(read_network(line), batch=rows, dtype=np.float64, seed=2, logits=True)
    for model in (encoder, decoder):
        model.values[...] += np.random.default_rng(3).normal(0, 0.3, model.values.size)
    return VariationalStep(encoder, decoder, (SGD(encoder, 0.1), SGD(decoder, 0.1)), beta=beta)


def fixed_noise(step: VariationalStep) -> Array:
    """Noise that the step draws from now on."""
    noise = np.random.default_rng(4).standard_normal((ROWS, CODE))
    step.sampling.layers[0].noise = noise  # type: ignore[attr-defined]
    return noise


def by_hand(step: VariationalStep, x: Array, noise: Array) -> tuple[float, float]:
    """Reconstruction and KL of a batch, number by number from the formulas."""
    w = {name: parameter.value for name, parameter in step.encoder.parameters().items()}
    v = {name: parameter.value for name, parameter in step.decoder.parameters().items()}
    hidden = np.tanh(x @ w["1.dense.kernel"] + w["1.dense.bias"])
    mean = hidden @ w["2.dense.kernel"] + w["2.dense.bias"]
    log_variance = hidden @ w["3.dense.kernel"] + w["3.dense.bias"]
    code = mean + noise * np.sqrt(np.exp(log_variance))
    drawn = np.tanh(code @ v["1.dense.kernel"] + v["1.dense.bias"]) @ v["2.dense.kernel"] + v["2.dense.bias"]
    reconstruction = divergence = 0.0
    for row in range(len(x)):
        for pixel in range(PIXELS):
            p = 1 / (1 + math.exp(-drawn[row, pixel]))
            reconstruction -= x[row, pixel] * math.log(p) + (1 - x[row, pixel]) * math.log(1 - p)
        for place in range(CODE):
            m, variance = mean[row, place], math.exp(log_variance[row, place])
            divergence += (m**2 + variance - 1 - math.log(variance)) / 2
    return reconstruction / len(x), divergence / len(x)


def test_both_parts_of_the_loss_are_those_of_the_formulas() -> None:
    step, x = small_step(beta=0.7), np.random.default_rng(0).random((ROWS, PIXELS))
    reconstruction, divergence = by_hand(step, x, fixed_noise(step))
    figures = step.forward_and_backward(x, x)
    assert figures["reconstruction"] == pytest.approx(reconstruction, rel=1e-12)
    assert figures["kl"] == pytest.approx(divergence, rel=1e-12)
    assert figures["loss"] == pytest.approx(reconstruction + 0.7 * divergence, rel=1e-12)


def test_outside_training_the_code_is_its_mean() -> None:
    step, x = small_step(beta=2.0), np.random.default_rng(0).random((ROWS, PIXELS))
    reconstruction, divergence = by_hand(step, x, np.zeros((ROWS, CODE)))
    figures = step.evaluate([(x[:2], x[:2]), (x[2:], x[2:])])
    assert figures["loss"] == pytest.approx(reconstruction + 2 * divergence, rel=1e-12)
    assert strangeness(step, x).mean() == pytest.approx(figures["loss"], rel=1e-12)


def test_gradients_agree_with_central_differences() -> None:
    step, x = small_step(), np.random.default_rng(0).random((ROWS, PIXELS))
    noise = fixed_noise(step)
    step.forward_and_backward(x, x)
    for model in (step.encoder, step.decoder):
        found, differences = model.gradients.copy(), _differences(step, model, x, noise)
        assert np.abs(differences).max() > 0.05
        np.testing.assert_allclose(found, differences, rtol=1e-6, atol=1e-8)


def _differences(step: VariationalStep, model: Model, x: Array, noise: Array) -> Array:
    """The slope of the loss, computed by hand, along each weight."""
    slopes, width = np.empty(model.values.size), 1e-5
    for at in range(len(slopes)):
        losses = []
        for change in (width, -2 * width):
            model.values[at] += change
            reconstruction, divergence = by_hand(step, x, noise)
            losses.append(reconstruction + 0.7 * divergence)
        model.values[at] += width
        slopes[at] = (losses[0] - losses[1]) / (2 * width)
    return slopes


def test_an_encoder_has_two_ends() -> None:
    for line in ("4 -> dense 3", "4 -> [dense 2 | dense 2 | dense 2]", "4 -> add[dense 2 | dense 2]"):
        with pytest.raises(ValueError, match="ends with two paths"):
            with_heads(read_network(line))


def test_beta_is_positive() -> None:
    with pytest.raises(ValueError, match="beta"):
        small_step(beta=0.0)


def test_a_saved_step_goes_on_bit_for_bit() -> None:
    x = np.random.default_rng(0).random((ROWS, PIXELS))
    step, other = small_step(), small_step()
    step.step(x, x)
    other.load_state(step.state())
    assert [step.step(x, x) for _ in range(3)] == [other.step(x, x) for _ in range(3)]
    assert np.array_equal(step.encoder.values, other.encoder.values)


class OneAnswer:
    """A judge that is sure that everything is a 3, so that no classifier has to be trained here."""

    accuracy = 0.125

    def __init__(self, parts: Split) -> None:
        self.parts = parts

    def probabilities(self, images: Array) -> Array:
        assert images.shape[1:] == self.parts.training.inputs.shape[1:] == (28, 28, 1)
        shares = np.full((len(images), 10), 0.05 / 9)
        shares[:, 3] = 0.95
        return shares


def test_a_short_vae_rebuilds_and_notices_what_is_strange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlcalc.engine.recipes.vae_report.train_judge", lambda parts, seed: OneAnswer(parts))
    report = run("vae", Options(data=digits().rows(np.arange(700)), epochs=40, seed=2))
    figures = report.figures
    floor, mean = (
        figures["least possible test reconstruction"],
        figures["test reconstruction by the mean image"],
    )
    assert isinstance(floor, float) and isinstance(mean, float)
    assert floor < figures["test reconstruction"] < floor + 0.8 * (mean - floor)
    assert 1 < figures["test kl"] < 20
    assert figures["area under the ROC curve, noise"] > 0.99
    assert figures["area under the ROC curve, upside down"] > 0.55
    assert figures["samples a classifier is sure of"] == 1
    assert figures["sure samples over sure test digits"] == 1
    assert figures["classes among the samples"] == 1 and figures["entropy of their shares in bits"] == 0
    assert [row[2] for row in report.tables[0].rows] == [0, 0, 0, 1000, 0, 0, 0, 0, 0, 0]
    titles = [gallery.title.split()[0] for gallery in report.images]
    assert titles == ["Digits", "Samples:", "Map", "From"]
    assert all(gallery.images.min() >= 0 and gallery.images.max() <= 1 for gallery in report.images)


def test_area_under_the_curve_counts_pairs() -> None:
    assert area_under_curve(np.array([1.0, 2, 3]), np.array([4.0, 5])) == 1
    assert area_under_curve(np.array([4.0, 5]), np.array([1.0, 2, 3])) == 0
    assert area_under_curve(np.array([1.0, 3]), np.array([2.0, 3])) == pytest.approx((1 + 0 + 1 + 0.5) / 4)


def test_the_map_has_equal_chances() -> None:
    codes = map_codes(4)
    chances = sorted({round((1 + math.erf(across / math.sqrt(2))) / 2, 9) for across, _ in codes})
    assert chances == [0.125, 0.375, 0.625, 0.875]
    assert codes[0][0] < 0 < codes[0][1]  # the first picture is the one at the top left


def test_encoding_and_decoding_take_any_number_of_rows() -> None:
    step = small_step()
    x = np.random.default_rng(0).random((7, PIXELS))
    codes = encoded(step, x)
    images = decoded(step, codes)
    assert codes.shape == (7, CODE) and images.shape == (7, PIXELS)
    np.testing.assert_allclose(encoded(step, x[3:4]), codes[3:4])
    assert images.min() > 0 and images.max() < 1
