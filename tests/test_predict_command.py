"""``dlcalc predict``: points, pictures, texts and noise asked of tiny trained networks, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from test_train_command import CONV, complaint, in_a_folder_of_its_own, run, trained

from dlcalc.cli.predict_inputs import read_noise
from dlcalc.engine.data.digit_images import digits
from dlcalc.notation.errors import InputError

__all__ = ["in_a_folder_of_its_own"]  # a fixture every test uses


@pytest.fixture(scope="module")
def xor_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained XOR network."""
    place = tmp_path_factory.mktemp("xor") / "run"
    done = run("train", "xor", "-o", str(place), "--json")
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained small CNN on the digits."""
    place = tmp_path_factory.mktemp("digits") / "run"
    done = run("train", CONV, "--epochs", "12", "--early-stopping", "0", "-o", str(place), "--json")
    assert done.returncode == 0, done.stderr
    return place


def test_points_get_classes_and_probabilities(xor_run: Path) -> None:
    found = json.loads(run("predict", str(xor_run), "0 0; 0 1; 1 0; 1 1", "--json").stdout)["predictions"]
    assert [one["class"] for one in found] == ["0", "1", "1", "0"]
    assert all(sum(one["probabilities"].values()) == pytest.approx(1) for one in found)
    page = run("predict", str(xor_run), "0 1").stdout
    assert "class  1" in page


def test_pictures_are_recognised(digits_run: Path) -> None:
    data = digits()
    chosen = [int(np.flatnonzero(data.targets == label)[3]) for label in range(10)]
    np.save("ten.npy", data.inputs[chosen])
    found = json.loads(run("predict", str(digits_run), "ten.npy", "--json").stdout)["predictions"]
    right = sum(one["class"] == str(label) for label, one in enumerate(found))
    assert len(found) == 10 and right >= 8


def test_a_picture_file_dark_on_light_is_inverted(digits_run: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="pictures need Pillow")
    grey = (255 * digits().inputs[0, :, :, 0]).astype(np.uint8)
    image.fromarray(grey).save("zero.png")
    image.fromarray(255 - grey).save("dark.png")
    np.save("zero.npy", grey.astype(np.float32) / 255)
    plain, dark, array = (
        json.loads(run("predict", str(digits_run), *words, "--json").stdout)["predictions"][0][
            "probabilities"
        ]
        for words in (["zero.png"], ["dark.png", "--invert"], ["zero.npy"])
    )
    assert plain == pytest.approx(array, abs=1e-6) and dark == pytest.approx(array, abs=1e-6)


def test_a_reconstruction_is_drawn() -> None:
    trained("64 -> dense 8 relu -> dense 64 sigmoid", "--epochs", "1", "-o", "coder")
    np.save("one.npy", digits().inputs[0, :, :, 0])
    done = run("predict", "coder", "one.npy", "-f", "html")
    assert done.stdout.count("<svg") == 2 and "What it made of it" in done.stdout


def test_a_text_is_gone_on_with() -> None:
    trained("characters", "--epochs", "1", "-o", "text")
    one, two, other = (
        json.loads(run("predict", "text", "The net", "--seed", seed, "--json").stdout)["text"]
        for seed in "112"
    )
    assert one == two != other and len(one) == 200
    assert "not in the vocabulary" in complaint("predict", "text", "π")


def test_generators_take_noise_codes_and_classes() -> None:
    noise = read_noise(None, [(5,)], 2000, 1)
    assert (
        noise[0].shape == (2000, 5)
        and abs(float(noise[0].mean())) < 0.05
        and 0.95 < float(noise[0].std()) < 1.05
    )
    assert read_noise("1 2; 3 4", [(2,)], 10, 0)[0].tolist() == [[1, 2], [3, 4]]
    assert read_noise(None, [(5,), (3,)], 7, 1)[1].argmax(axis=1).tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert read_noise("2 0", [(5,), (3,)], 3, 1)[1].argmax(axis=1).tolist() == [2, 0, 2]
    with pytest.raises(InputError, match="too large"):
        read_noise("3", [(5,), (3,)], 3, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "0 1"], "there is no run"),
        (["{run}", "0 1 2"], "takes 2 numbers"),
        (["{run}", "0 1; 2"], "not a matrix"),
        (["{run}", "a b"], "not a number"),
        (["{run}", "missing.png"], "does not exist"),
        (["{run}"], "nothing is given"),
        (["{run}", "0 1", "--network", "other"], "no network other"),
        (["{run}", "0 1", "--samples", "0"], "--samples"),
    ],
)
def test_what_cannot_be_predicted_is_said(words: list[str], said: str, xor_run: Path) -> None:
    assert said in complaint("predict", *(word.replace("{run}", str(xor_run)) for word in words))


def test_damaged_weights_are_told(xor_run: Path) -> None:
    content = (xor_run / "weights.npz").read_bytes()
    for number, damaged in enumerate((b"", b"PK", content[:-40], content[:400])):
        place = Path(f"damaged-{number}")
        place.mkdir()
        (place / "weights.npz").write_bytes(damaged)
        complaint("predict", str(place), "0 1")
