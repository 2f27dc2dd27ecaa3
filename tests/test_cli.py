"""The command line as users and scripts meet it: exit codes, streams, files, and every kind of bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAM = [
    "conv", "--input", "1 2 0 1; 3 1 2 2; 0 1 3 1; 2 2 1 0", "--kernel", "1 0 -1; 1 0 -1; 1 0 -1",
    "--activation", "relu", "--pool", "max", "--pool-size", "2", "--pool-stride", "1",
]  # fmt: skip
PARABOLA = ["gd", "(w-3)^2", "--start", "6", "--rate", "0.1", "--steps", "3"]


def run(
    *words: str, stdin: str | bytes | None = None, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "dlcalc", *words],
        input=data,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **environment},
        timeout=120,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def told(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The message of a refused call; never a traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_the_exam_convolution_shows_four_windows_and_all_results() -> None:
    done = run(*EXAM, "--json")
    data = json.loads(done.stdout)
    assert done.returncode == 0
    assert data["answers"]["output"]["value"] == [[-1, 0], [-1, 1]]
    assert data["answers"]["activated"]["value"] == [[0, 0], [0, 1]]
    assert data["answers"]["pooled"]["value"] == [[1]]
    windows = next(step for step in data["steps"] if step["title"] == "Windows")
    assert len(windows["steps"]) == 4


def test_a_wrong_answer_is_marked_hidden_and_exits_with_one() -> None:
    done = run(*EXAM, "-a", "1 0; 1 -1")
    assert done.returncode == 1
    assert "flipped-kernel" in done.stdout
    assert "−1 0" not in done.stdout
    data = json.loads(run(*EXAM, "-a", "1 0; 1 -1", "--json").stdout)
    assert data["answers"] == {}
    assert data["steps"] == []
    assert data["marks"][0]["mistakes"][0]["name"] == "flipped-kernel"


def test_show_tells_solution_and_marks() -> None:
    data = json.loads(run(*EXAM, "-a", "1 0; 1 -1", "--show", "--json").stdout)
    assert data["answers"]["output"]["exact"] == "[[-1, 0], [-1, 1]]"
    assert data["steps"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [(["6, 5.4, 4.92, 4.536"], 0), (["6, 5.4, 4.9, 4.5"], 0), (["6, 5.4, 4.86, 4.488"], 1), (["6, x"], 2), (["6, x", "minimum=4"], 1), (["minimum=3", "nonsense=1"], 2)],
)  # fmt: skip
def test_exit_codes_of_marks(answers: list[str], code: int) -> None:
    flags = [word for answer in answers for word in ("-a", answer)]
    assert run(*PARABOLA, *flags).returncode == code


@pytest.mark.parametrize(
    "words",
    [
        ["gd", "-x^2+x", "--start", "1", "--rate", "0.1"], ["gd", "--start", "-6", "--rate", "0.1", "-(w-3)^2*(-1)"],
        ["conv", "--input", "-1 2; 3 4", "--kernel", "-1"], ["gd", "--rate", "0.1", "--start", "6", "--", "-w+w^2"],
    ],
)  # fmt: skip
def test_values_may_begin_with_a_minus(words: list[str]) -> None:
    assert run(*words).returncode == 0


@pytest.mark.parametrize(
    ("words", "where", "what"),
    [
        (["conv", "--input", "1 2 0; 3 1", "--kernel", "1 0; 0 1"], "--input", "row 2 has 2 numbers, row 1 has 3"),
        (["conv", "--input", "1 a; 3 1", "--kernel", "1"], "--input", "not a number: a"),
        (["conv", "--input", "", "--kernel", "1"], "--input", "is empty"),
        (["conv", "--input", "1 2; 3 4", "--kernel", "1 1 1; 1 1 1; 1 1 1"], "--kernel", "larger than the padded input"),
        (["conv", "--input", "1 2; 3 4 | 1 2; 3 4", "--kernel", "1"], "--kernel", "has 1 channel, it needs 2"),
        (["conv", "--input", "1 2; 3 4", "--kernel", "1", "--stride", "0"], "--stride", "too small: 0"),
        (["conv", "--input", "1 2; 3 4", "--kernel", "1", "--stride", "-1"], "--stride", "negative"),
        (["conv", "--input", "1 2; 3 4", "--kernel", "1", "--padding", "-1"], "--padding", "negative"),
        (["conv", "--input", "1 2; 3 4", "--kernel", "1", "--bias", "1 2 3"], "--bias", "3 numbers for 1 filter"),
        (["conv", "--input", "1 2; 3 4", "--kernel", "1", "--activation", "rleu"], "--activation", "Did you mean relu?"),
        (["conv", "--input", "1 2; 3 4"], "--kernel", "is missing"),
        (["conv", "--input", "@nothing.csv", "--kernel", "1"], "--input", "does not exist: nothing.csv"),
        (["gd", "x^2+3xy", "--start", "x=1", "--rate", "0.1"], "--start", "leaves y without a start"),
        (["gd", "foo(w)", "--start", "1", "--rate", "0.1"], "FUNCTION", "unknown function: foo"),
        (["gd", "__import__('os').system('x')", "--start", "1", "--rate", "1"], "FUNCTION", "means nothing here"),
        (["gd", "w^2", "--start", "9^9^9^9", "--rate", "0.1"], "--start", "too large"),
        (["gd", "9^9^9^9*w", "--start", "1", "--rate", "0.1"], "FUNCTION", "too large an exponent"),
        (["gd", "w^(10^9)", "--start", "1", "--rate", "0.1"], "FUNCTION", "may be at most 50"),
        (["eigen", "9^99999 1; 2 3"], "MATRIX", "too large an exponent"),
        (["eigen", "(9^300)^300 1; 2 3"], "MATRIX", "too large a power of ten"),
        (["gd", "x+" * 50_000, "--start", "1", "--rate", "0.1"], "FUNCTION", "too long"),
        (["gd", "w^2", "--start", "1", "--rate", "0"], "--rate", "is zero"),
        (["gd", "w^2", "--start", "1", "--rate", "0.1", "--steps", "10000000"], "--steps", "too large"),
        (["gd", "w^2", "--start", "1", "--rate", "0.1", "--digits", "0"], "--digits", "too small"),
        (["gd", "w^2", "--start", "1", "--rate", "0.1", "-f", "htlm"], "--format", "Did you mean html?"),
        (["gd", "w^2", "--start", "1", "--rate", "0.1", "-o", "x.xyz"], "--output", "no format is known"),
        (["gd", "w^2", "--start", "1", "--rate", "0.1", "-o", "/nowhere/x.html"], "--output", "cannot be written"),
    ],
)  # fmt: skip
def test_bad_input_is_told_with_its_place_and_the_right_form(words: list[str], where: str, what: str) -> None:
    message = told(run(*words), 2)
    assert where in message
    assert what in message
    assert len(message.strip().splitlines()) <= 5


def test_the_place_in_the_text_is_marked() -> None:
    lines = told(run("conv", "--input", "1 2 0; 3 1", "--kernel", "1 0; 0 1"), 2).splitlines()
    assert lines[1:3] == ["     1 2 0; 3 1", "            ^^^"]


def test_errors_of_scripts_are_json_too() -> None:
    done = run("conv", "--input", "1 2 0; 3 1", "--kernel", "1", "--json")
    error = json.loads(done.stdout)["error"]
    assert error["where"] == "--input"
    assert "row 2" in error["what"]
    assert error["expected"]


def test_misspelt_commands_and_options_offer_the_nearest() -> None:
    assert "Did you mean conv?" in told(run("covn", "--input", "1"), 2)
    assert "--kernel" in told(run("conv", "--kernal", "1"), 2)


def test_help_leads_with_two_runnable_examples() -> None:
    import shlex

    text = run("gd", "--help").stdout
    commands = [line.strip() for line in text.splitlines() if line.startswith("  dlcalc ")]
    assert len(commands) == 2
    for command in commands:
        assert run(*shlex.split(command)[1:]).returncode == 0


def test_help_and_bare_call_list_the_commands_in_chapters() -> None:
    for words in ([], ["--help"], ["-h"]):
        done = run(*words)
        assert done.returncode == 0
        assert "Convolution and pooling" in done.stdout
        assert "  conv " in done.stdout
        assert "  solve " in done.stdout


def test_version() -> None:
    assert run("--version").stdout.startswith("dlcalc 0.")


def test_completion_offers_commands_and_options() -> None:
    done = run(_DLCALC_COMPLETE="complete_bash", COMP_WORDS="dlcalc con", COMP_CWORD="1")
    assert "conv" in done.stdout.split()
    done = run(_DLCALC_COMPLETE="complete_bash", COMP_WORDS="dlcalc conv --ker", COMP_CWORD="2")
    assert "--kernel" in done.stdout


def test_files_and_standard_input_give_values(tmp_path: Path) -> None:
    (tmp_path / "image.csv").write_text("1,2,0,1\n3,1,2,2\n0,1,3,1\n2,2,1,0\n")
    (tmp_path / "image.json").write_text("[[1, 2, 0, 1], [3, 1, 2, 2], [0, 1, 3, 1], [2, 2, 1, 0]]")
    (tmp_path / "image.txt").write_text("1 2 0 1\n3 1 2 2\n0 1 3 1\n2 2 1 0\n")
    expected = [[-1, 0], [-1, 1]]
    for name in ("image.csv", "image.json", "image.txt"):
        done = run("conv", "--input", f"@{tmp_path / name}", "--kernel", "1 0 -1; 1 0 -1; 1 0 -1", "--json")
        assert json.loads(done.stdout)["answers"]["output"]["value"] == expected
    done = run(
        "conv",
        "--input",
        "-",
        "--kernel",
        "1 0 -1; 1 0 -1; 1 0 -1",
        "--json",
        stdin="1 2 0 1; 3 1 2 2; 0 1 3 1; 2 2 1 0",
    )
    assert json.loads(done.stdout)["answers"]["output"]["value"] == expected


def test_numpy_files_are_read_without_pickle(tmp_path: Path) -> None:
    import numpy as np

    np.save(tmp_path / "image.npy", np.arange(16).reshape(4, 4))
    done = run("conv", "--input", f"@{tmp_path / 'image.npy'}", "--kernel", "1 1; 1 1", "--json")
    assert json.loads(done.stdout)["answers"]["output"]["value"][0][0] == 10
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert "not a NumPy array of numbers" in told(
        run("conv", "--input", f"@{tmp_path / 'objects.npy'}", "--kernel", "1"), 2
    )


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b'title = "\xff\xfe"\n')
    message = told(run("solve", str(tmp_path / "x.toml")), 2)
    assert "not UTF-8" in message
    assert "x.toml" in message


def test_output_files_are_written_whole_in_the_format_of_their_ending(tmp_path: Path) -> None:
    for ending, start in (
        ("html", "<!DOCTYPE html>"),
        ("tex", r"\documentclass"),
        ("md", "# "),
        ("json", "{"),
        ("txt", "Gradient"),
    ):
        path = tmp_path / f"page.{ending}"
        done = run(*PARABOLA, "-o", str(path))
        assert done.returncode == 0
        assert done.stdout == ""
        assert path.read_text(encoding="utf-8").startswith(start)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "page.html",
        "page.json",
        "page.md",
        "page.tex",
        "page.txt",
    ]


def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{sys.executable} -m dlcalc gd '(w-3)^2' --start 6 --rate 0.1 --steps 3000 --all | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.stdout.startswith("Gradient descent")
    assert done.stderr == ""


def test_interrupting_ends_with_130_and_leaves_no_file(tmp_path: Path) -> None:
    many = "\n".join(
        f'[[problem]]\nid = "p{n}"\ntopic = "gd"\ngiven = {{ function = "exp(w)-2w", start = 1, rate = 0.1, steps = 400 }}'
        for n in range(200)
    )
    (tmp_path / "many.toml").write_text(many)
    target = tmp_path / "page.html"
    process = subprocess.Popen(
        [sys.executable, "-m", "dlcalc", "solve", str(tmp_path / "many.toml"), "-o", str(target)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["many.toml"]


def test_colour_and_width_are_respected() -> None:
    coloured = run(*PARABOLA, "-f", "terminal").stdout
    assert "\x1b[" in coloured
    assert "\x1b[" not in run(*PARABOLA, "-f", "terminal", NO_COLOR="1").stdout
    assert "\x1b[" not in run(*PARABOLA).stdout
    for width in ("60", "80", "120"):
        for line in run(*PARABOLA, COLUMNS=width).stdout.splitlines():
            assert len(line) <= int(width)


def test_brief_digits_round_and_verify() -> None:
    assert "Gradient descent" not in run(*PARABOLA, "--brief").stdout
    assert "4.21" in run("gd", "w-ln(w)", "--start", "6", "--rate", "1", "--digits", "3").stdout
    assert "≈" in run(*PARABOLA, "--round", "1").stdout
    assert "gives the same answers" in run(*PARABOLA, "--verify").stdout


def test_topics_prints_a_problem_file_that_solves(tmp_path: Path) -> None:
    from dlcalc.catalogue import entries

    for name in entries():
        path = tmp_path / f"{name}.toml"
        path.write_text(run("topics", name).stdout, encoding="utf-8")
        done = run("solve", str(path))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 problem: 1 solved" in done.stdout
    assert "Convolution and pooling" in run("topics").stdout
    assert "Did you mean" in told(run("topics", "cnov"), 2)


def test_a_fault_of_our_own_ends_with_three() -> None:
    program = (
        "import dlcalc.cli.topic_command as t\n"
        "def broken(self): raise KeyError('x')\n"
        "t._Call.run = broken\n"
        "from dlcalc.cli.app import main\n"
        "main(['gd', 'w', '--start', '1', '--rate', '1'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 3
    assert "an internal fault: KeyError" in done.stderr
    assert "Traceback" not in done.stderr
