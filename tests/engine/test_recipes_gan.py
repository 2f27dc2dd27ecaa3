"""Adversarial training: its gradients, who learns when, its measures, and the recipes of GANs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gan_pairs import PAIRS, PLAIN, ROWS, pair_of

from dlcalc.engine.building.build import build
from dlcalc.engine.data import digits, split
from dlcalc.engine.optimizing.optimizers import SGD, Adam
from dlcalc.engine.recipes import recipe
from dlcalc.engine.recipes.adversarial import Adversary
from dlcalc.engine.recipes.adversarial_measures import Coverage, diversity, nearest, spread, train_judge
from dlcalc.engine.recipes.adversarial_step import AdversarialStep, generate
from dlcalc.engine.recipes.description import Options
from dlcalc.engine.training.loop import train
from dlcalc.networks.spec import read_network


def log_sigmoid(logits):
    return -np.log1p(np.exp(-logits))


def differences(model, loss, entries):
    """Central differences of a loss by some of the model's parameters."""
    found = []
    for entry in entries:
        slopes = []
        for sign in (1, -1):
            kept = model.values[entry]
            model.values[entry] = kept + sign * 1e-6
            slopes.append(loss())
            model.values[entry] = kept
        found.append((slopes[0] - slopes[1]) / 2e-6)
    return np.array(found)


def some_entries(model, count=60):
    return np.random.default_rng(5).permutation(model.values.size)[:count]


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_discriminator_follows_its_loss(name, smoothing):
    step, real, labels = pair_of(name, smoothing=smoothing)
    model = step.adversary.model
    extra = (labels,) if step.conditional else ()
    fake = np.random.default_rng(6).random(real.shape)

    def loss():
        if name == "convolutions":  # each kind is normalised by itself
            of_real = model.forward(real, training=True).copy()
            of_fake = model.forward(fake, training=True).copy()
        else:
            both = [np.concatenate(parts) for parts in zip((real, *extra), (fake, *extra), strict=True)]
            of_real, of_fake = np.split(model.forward(*both, training=True).copy(), 2)
        sure = (1 - smoothing) * log_sigmoid(of_real) + smoothing * log_sigmoid(-of_real)
        return -sure.mean() - log_sigmoid(-of_fake).mean()

    figures = step.adversary.differentiate((real, *extra), (fake, *extra))
    gradients = model.gradients.copy()
    entries = some_entries(model)
    wanted = differences(model, loss, entries)
    assert np.abs(wanted).max() > 0.01
    np.testing.assert_allclose(gradients[entries], wanted, rtol=1e-5, atol=1e-8)
    assert figures["discriminator_loss"] == pytest.approx(loss(), rel=1e-12)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("teaching", ["non-saturating", "minimax"])
def test_the_generator_follows_its_loss_through_the_discriminator(name, teaching):
    step, real, labels = pair_of(name, teaching=teaching)
    latent = step.noise(ROWS).copy()
    figures = step.differentiate_generator(real, labels, latent)
    gradients = step.generator.gradients.copy()
    extra = (labels,) if step.conditional else ()

    def loss():
        fake = step.generator.forward(latent, *extra, training=True)
        logits = step.adversary.model.forward(fake, *extra, training=True)
        return -log_sigmoid(logits).mean() if teaching == "non-saturating" else log_sigmoid(-logits).mean()

    entries = some_entries(step.generator)
    wanted = differences(step.generator, loss, entries)
    assert np.abs(wanted).max() > 1e-3
    np.testing.assert_allclose(gradients[entries], wanted, rtol=1e-5, atol=1e-8)
    assert figures["generator_loss"] == pytest.approx(loss(), rel=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_each_network_stays_as_it_is_while_the_other_learns(name):
    step, real, labels = pair_of(name, optimizer=Adam)
    extra = (labels,) if step.conditional else ()
    generator, adversary = step.generator, step.adversary
    fake = generator.forward(step.noise(ROWS), *extra, training=True)

    before = generator.weights()
    judged_before = adversary.model.values.copy()
    adversary.learn((real, *extra), (fake, *extra))
    assert all(np.array_equal(array, before[name]) for name, array in generator.weights().items())
    assert np.abs(adversary.model.values - judged_before).max() > 0.01

    judge_before = adversary.model.weights()
    gradients = adversary.model.gradients.copy()
    _, by_parts = adversary.judge((fake, *extra))
    generator.backward(by_parts[0])
    step.optimizers["generator"].step()
    after = adversary.model.weights()
    assert all(np.array_equal(array, after[name]) for name, array in judge_before.items())
    assert np.array_equal(adversary.model.gradients, gradients)
    assert max(np.abs(array - before[name]).max() for name, array in generator.weights().items()) > 0.01
    assert len(by_parts) == 1 + len(extra)


def test_batch_norm_sees_fake_examples_as_their_maker_will():
    step, real, _ = pair_of("convolutions")
    fake = 0.2 * np.random.default_rng(7).random(real.shape)  # much darker than real ones
    model = step.adversary.model
    alone = (1 / (1 + np.exp(-model.forward(fake, training=True)))).mean()
    assert step.adversary.differentiate((real,), (fake,))["fake_output"] == pytest.approx(alone, rel=1e-12)
    together = Adversary(model, SGD(model, 0.1)).differentiate((real,), (fake,))["fake_output"]
    assert abs(together - alone) > 0.01


def test_a_pair_has_to_fit_together():
    step, _, _ = pair_of("plain")
    generator, adversary = step.generator, step.adversary
    optimizer = step.optimizers["generator"]
    with pytest.raises(ValueError, match="make it with the generator"):
        AdversarialStep(generator, adversary.optimizer, adversary, epoch_steps=1)
    with pytest.raises(ValueError, match="make it with the discriminator"):
        Adversary(adversary.model, optimizer)
    small = build(read_network(PLAIN[1]), batch=ROWS, dtype=np.float64, logits=True)
    with pytest.raises(ValueError, match=f"built for {ROWS} rows, .* together are {2 * ROWS}"):
        AdversarialStep(generator, optimizer, Adversary(small, SGD(small)), epoch_steps=1)


# -- measures


def shares(*counts):
    """Probabilities of examples of which so many are surely of each class."""
    return np.repeat(np.eye(len(counts)), counts, axis=0)


def test_classes_are_counted():
    even = Coverage.of(shares(*[100] * 10))
    assert (even.covered, even.entropy, even.sure) == (10, pytest.approx(np.log2(10)), 1.0)
    collapsed = Coverage.of(shares(0, 0, 0, 1000, 0, 0, 0, 0, 0, 0))
    assert (collapsed.covered, collapsed.entropy) == (1, 0.0)
    rare = Coverage.of(shares(9, 10, 981))
    assert rare.counts == (9, 10, 981)
    assert rare.covered == 2
    assert Coverage.of(shares(500, 500, 0, 0)).entropy == 1.0
    assert Coverage.of(np.array([[0.95, 0.05], [0.2, 0.8], [0.5, 0.5], [0.1, 0.9]])).sure == 0.5


def test_distances_are_those_of_every_pair():
    rng = np.random.default_rng(9)
    some, others = rng.random((20, 2, 3, 1)), rng.random((30, 2, 3, 1))
    every = np.array([[np.linalg.norm(one - other) for other in others] for one in some])
    places, distances = nearest(some, others)
    assert places.tolist() == every.argmin(axis=1).tolist()
    np.testing.assert_allclose(distances, every.min(axis=1))
    among = [min(np.linalg.norm(some[a] - some[b]) for b in range(20) if b != a) for a in range(20)]
    assert spread(some) == pytest.approx(np.mean(among))


def test_diversity_tells_a_collapse():
    images = digits().inputs[np.random.default_rng(10).permutation(1797)]
    real, made = images[:400], images[400:800]
    assert 0.9 < diversity(made, real) < 1.1
    noise = np.random.default_rng(11).normal(0, 0.02, (400, 8, 8, 1))
    assert diversity(np.repeat(made[:2], 200, axis=0) + noise, real) < 0.15
    assert diversity(np.repeat(made[:1], 400, axis=0), real) == pytest.approx(0, abs=1e-6)


def test_the_judge_knows_digits_and_sees_a_collapse():
    parts = split(digits(), 0.15, 0.15, 0)
    judge = train_judge(parts, 0)
    test = parts.test(again=True)
    assert judge.accuracy >= 0.95
    real = Coverage.of(judge.probabilities(test.inputs))
    assert real.covered == 10
    assert real.entropy > 3.3
    sevens = test.inputs[test.targets == 7]
    assert Coverage.of(judge.probabilities(np.repeat(sevens[:1], 100, axis=0))).covered == 1
    noise = np.random.default_rng(12).random((300, 8, 8, 1), np.float32)
    assert Coverage.of(judge.probabilities(noise)).sure < real.sure - 0.3


# -- recipes


@pytest.fixture(scope="module")
def asked():
    """A short training of the conditional GAN and its report."""
    chosen = recipe("conditional-gan")
    prepared = chosen.prepare(Options(epochs=50))
    result = train(prepared.step, prepared.batches, epochs=prepared.epochs)
    return prepared, result, chosen.report(prepared, result)


def test_the_conditional_gan_soon_makes_what_it_is_asked_for(asked):
    prepared, _, report = asked
    assert report.figures["recognised as asked"] > 0.5  # chance: 0.1
    assert report.figures["classes covered"] == 10
    assert report.figures["judge's test accuracy"] >= 0.95
    # The label decides: the same latent points with other labels give other digits.
    step = prepared.step
    latent = step.noise(step.generator.batch).copy()
    labels = np.eye(10, dtype=np.float32)
    first, second = (
        generate(step.generator, latent, labels[np.full(len(latent), label)]) for label in (0, 1)
    )
    assert np.abs(first.mean(axis=0) - second.mean(axis=0)).max() > 0.3


def test_a_report_has_what_a_page_needs(asked):
    prepared, result, report = asked
    sheet, over_time, beside = report.images
    assert sheet.images.shape == (100, 8, 8)
    assert sheet.captions[:12] == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "1")
    assert [name for name in over_time.captions if name] == [f"epoch {at}" for at in (0, 1, 2, 5, 10, 20, 50)]
    assert len(over_time.images) == 70
    assert len(beside.images) == 20
    assert all(0 <= gallery.images.min() <= gallery.images.max() <= 1 for gallery in report.images)
    counts = [row[1] for row in report.tables[0].rows[:10]]
    assert sum(counts) == 1000
    assert set(report.models) == {"generator", "discriminator"} == set(recipe("conditional-gan").networks)
    for name in ("discriminator_loss", "generator_loss", "real_output", "fake_output"):
        assert all(np.isfinite(row[name]) for row in result.history)
    assert prepared.split.test(again=True) is not None


def test_samples_over_time_are_of_the_same_points(asked):
    kept = asked[0].step.kept()
    untrained = recipe("conditional-gan").prepare(Options(epochs=1)).step
    np.testing.assert_array_equal(kept[0], generate(untrained.generator, *untrained.points))
    np.testing.assert_array_equal(kept[50], generate(asked[0].step.generator, *asked[0].step.points))
    assert np.abs(kept[50] - kept[0]).max() > 0.3


def test_a_run_goes_on_bit_for_bit(tmp_path):
    def prepared():
        return recipe("gan").prepare(Options(seed=5))

    whole, half, rest = prepared(), prepared(), prepared()
    train(whole.step, whole.batches, epochs=3)
    train(half.step, half.batches, epochs=1, folder=tmp_path, settings=half.settings)
    train(rest.step, rest.batches, epochs=3, folder=tmp_path, settings=rest.settings, resume=True)
    wanted, found = whole.step.state(), rest.step.state()
    assert wanted.keys() == found.keys()
    assert all(np.array_equal(wanted[name], found[name]) for name in wanted)
    assert sorted(rest.step.kept()) == [0, 1, 2]


def test_the_seed_decides():
    first, again, other = (recipe("gan").prepare(Options(epochs=1, seed=seed)) for seed in (1, 1, 2))
    for each in (first, again, other):
        train(each.step, each.batches, epochs=1)
    assert np.array_equal(first.step.draw(5)[0], again.step.draw(5)[0])
    assert not np.array_equal(first.step.draw(5)[0], other.step.draw(5)[0])


def test_held_out_examples_are_compared_without_learning():
    prepared = recipe("dcgan").prepare(Options(epochs=1, batch_size=16))
    step = prepared.step
    inputs = prepared.split.validation.inputs
    before = step.state()
    batches = [(inputs[:16], np.zeros(16)), (inputs[16:24], np.zeros(8))]
    figures = step.evaluate(batches)
    assert figures == step.evaluate(batches)
    assert 0 < figures["real_output"] < 1
    after = step.state()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_the_dcgan_has_only_strided_convolutions_and_batch_norm():
    networks = {role: read_network(line) for role, line in recipe("dcgan").networks.items()}
    kinds = {role: [layer.kind for layer in network.layers] for role, network in networks.items()}
    for role, word in (("generator", "transposed"), ("discriminator", "conv")):
        assert set(kinds[role]) <= {word, "batchnorm", "activation", "reshape", "flatten"}
        assert kinds[role].count(word) == 4
        assert "batchnorm" in kinds[role]
    assert networks["generator"].sizes[-1] == networks["discriminator"].input == (16, 16, 1)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("gan", Options(early_stopping=3), "early stopping"),
        ("gan", Options(data=digits(28)), "28x28"),
        ("gan", Options(data=digits().reconstructing()), "no labels"),
        ("gan", Options(data=replace(digits(), inputs=digits().inputs * 16)), "outside 0..1"),
        (
            "conditional-gan",
            Options(data=replace(digits(), classes=tuple("0123456789ab"))),
            "12 classes, and the networks take labels of 10",
        ),
        ("dcgan", Options(rate=-1.0), "learning rate is a positive number"),
    ],
)
def test_what_cannot_be_trained_is_said(name, options, words):
    with pytest.raises(ValueError, match=words):
        recipe(name).prepare(options)
