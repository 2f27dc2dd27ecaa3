"""Pictures in pages and files: colours, hostile words, formats, the command line; and the parts of a plot."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawing import drawn
from drawing_back import SPACE, derived, number

from dlcalc import api
from dlcalc.catalogue import find
from dlcalc.derivation import Picture, Step
from dlcalc.drawing import Axis, Cells, Curve, Dots, Note
from dlcalc.pictures.plotting import inside, line_across
from dlcalc.renderers import Document, Page, rendered
from dlcalc.renderers.scale import round_ticks
from dlcalc.renderers.svg import LOOKS, svg

ROOT = Path(__file__).parent.parent
HOSTILE = '<script>alert(1)</script> ]]> & " \x00\x1b[31m #read("/etc/hostname") \\input{x} $y$ | `z`'


# -- colours, words, formats


def test_roles_differ_in_more_than_colour() -> None:
    for group in (
        ["class 0", "class 1"],
        [f"series {n}" for n in range(1, 5)],
        ["component 1", "component 2"],
    ):
        looks = [LOOKS[role] for role in group]
        assert len({(look.dash, look.shape) for look in looks}) == len(looks)
    assert LOOKS["earlier"].dash and not LOOKS["boundary"].dash


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_follow_the_page_and_stand_out_in_light_and_dark() -> None:
    [picture] = derived("gd", function="(w-3)^2", start=6, rate="0.1").pictures
    own, inline = svg(picture), svg(picture, standalone=False)
    assert "var(" not in own
    assert not re.search(r"#[0-9a-fA-F]{3,6}\b", inline)
    css = (ROOT / "dlcalc" / "renderers" / "page.css").read_text(encoding="utf-8")
    light, dark = css.index(":root"), css.index("prefers-color-scheme: dark")
    for start in (light, dark):
        block = css[start : css.index("}", start)]
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for name in set(re.findall(r"var\(--(\w+)\)", inline)) | {"blue", "orange", "green", "plum"}:
            assert name in colours, f"{name} is missing in page.css"
        for name in ("ink", "soft", "blue", "orange", "green", "plum"):
            a, b = sorted((luminance(colours[name]), luminance(colours["paper"])))
            assert (b + 0.05) / (a + 0.05) >= 4.5, name


def hostile_page() -> Page:
    derivation = find("pmf").derive(find("pmf").problem.read({"p": "0.5 0.5"})).derivation
    plot = Picture(
        (Curve([(0, 0), (1, 1)], "curve", HOSTILE), Dots([(0.5, 0.5)], "path", HOSTILE, names=[HOSTILE])),
        (Axis(HOSTILE, 0, 1, [(0.5, HOSTILE)]), Axis(HOSTILE, 0, 1)),
        HOSTILE,
        HOSTILE,
    )
    grid = Picture((Cells(0, 1, [[1.0]], [[HOSTILE]]), Note((0, 1), HOSTILE)), None, HOSTILE, HOSTILE)
    step = Step(("Pictures",))
    step.content += [plot, grid]
    derivation.steps.append(step)
    return Page(derivation)


def test_hostile_words_stay_words_in_every_format() -> None:
    page = hostile_page()
    assert page.derivation is not None
    for picture in page.derivation.pictures:
        for standalone in (True, False):
            drawing = svg(picture, standalone=standalone)
            root = ElementTree.fromstring(drawing)
            assert not [one for one in root.iter() if one.tag.endswith("script")]
            assert "<script" not in drawing
            assert "\x1b" not in drawing
            assert '<script>alert(1)</script> ]]> & "' in (
                root.findtext(f"{SPACE}desc") or root.findtext("desc") or ""
            )
    html = rendered(Document([page]), "html")
    assert isinstance(html, str)
    body = html[html.index("<main>") : html.index("</main>") + 7]
    assert ElementTree.fromstring(body).find(".//figure") is not None
    assert "<script" not in body
    latex = rendered(Document([page]), "latex")
    assert isinstance(latex, str)
    assert r"\input{x}" not in latex
    markdown = rendered(Document([page]), "markdown")
    assert isinstance(markdown, str)
    assert "<script" not in re.sub(r"\\<", "", markdown)
    json.loads(str(rendered(Document([page]), "json")))


def test_html_holds_the_picture_in_a_figure_and_latex_says_it() -> None:
    derivation = derived("pmf", p="0.5 0.5")
    page = Page(derivation)
    html = str(rendered(Document([page]), "html"))
    figure = html[html.index("<figure") : html.index("</figure>")]
    assert "<svg" in figure
    assert "<figcaption>The probabilities of X" in figure
    assert "Bars for the probabilities of X: 0.5 at 0 and 0.5 at 1." in str(
        rendered(Document([page]), "latex")
    )
    assert "*Bars for the probabilities" in str(rendered(Document([page]), "markdown"))
    assert "<figure" in str(rendered(Document([Page(derivation, brief=True)]), "html"))


# -- asked for, or not there


def call(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    program = "import sys; from dlcalc.cli.app import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_plot_nothing_is_drawn_nor_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from dlcalc.cli.app import main\ntry: main(['pmf', '--p', '0.5 0.5', '--json'])\n"
        "except SystemExit: pass\nprint(sorted(m for m in sys.modules if 'pictures' in m or 'svg' in m or 'drawing' in m))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    data, modules = done.stdout.splitlines()
    assert modules == "[]"
    assert "pictures" not in json.loads(data)
    assert find("pmf").derive(drawn("pmf")[0]).derivation.pictures == []


def test_plot_on_the_command_line(tmp_path: Path) -> None:
    words = ["gd", "(w-3)^2", "--start", "6", "--rate", "0.1", "--plot"]
    plain = call(*words, "-f", "plain", cwd=tmp_path)
    assert plain.returncode == 0
    assert plain.stdout.index("┤") > plain.stdout.index("Does it converge?")
    assert "┤" in call(*words, "--brief", "-f", "plain", cwd=tmp_path).stdout
    data = json.loads(call(*words, "--json", cwd=tmp_path).stdout)
    path = [shape for shape in data["pictures"][0]["shapes"] if shape["role"] == "path"][-1]
    assert [x for x, _ in path["points"]] == [6, 5.4, 4.92, 4.536]
    none = call("params", "10 -> dense 5", "--plot", cwd=tmp_path)
    assert (none.returncode, none.stderr) == (0, "dlcalc params: --plot: there is no picture for params.\n")
    marked = call(*words, "-a", "6, 5.4, 4.92, 4.536", "-f", "plain", cwd=tmp_path)
    assert marked.returncode == 0
    assert "┤" not in marked.stdout
    assert "--show" in marked.stderr


def test_markdown_files_have_their_pictures_beside_them(tmp_path: Path) -> None:
    done = call(
        "gd",
        "(w-3)^2",
        "--start",
        "6",
        "--rate",
        "0.1",
        "--rate",
        "0.5",
        "--pictures",
        "-o",
        "my page.md",
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "my page-1.svg",
        "my page-2.svg",
        "my page-3.svg",
        "my page.md",
    ]
    text = (tmp_path / "my page.md").read_text(encoding="utf-8")
    assert re.findall(r"!\[The curve of .*\]\((.*)\)", text) == ["my%20page-1.svg", "my%20page-2.svg"]
    ElementTree.parse(tmp_path / "my page-1.svg")


def test_solve_draws_on_several_processes_and_names_what_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(
        '[[problem]]\nid = "a"\ntopic = "pmf"\ngiven = { p = "0.5 0.5" }\n'
        '[[problem]]\nid = "b"\ntopic = "params"\ngiven = { network = "10 -> dense 5" }\n',
        encoding="utf-8",
    )
    done = call("solve", "two.toml", "--plot", "--jobs", "2", "-o", "two.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "two.html").read_text(encoding="utf-8").count("<figure") == 1
    assert "--plot: no pictures for params." in done.stderr


def test_python_gives_the_drawings() -> None:
    [drawing] = api.solve("pmf", p="0.5 0.5", pictures=True).pictures
    assert ElementTree.fromstring(drawing).get("role") == "img"
    assert api.solve("pmf", p="0.5 0.5").pictures == []


# -- parts


def test_ticks_are_round_few_and_inside() -> None:
    for low, high in ((0, 1), (-3, 12), (0.001, 0.0011), (-5e8, 2e9), (0, 1e-7), (99.98, 100.04)):
        for most in (3, 6, 9):
            ticks = round_ticks(low, high, most)
            assert 1 <= len(ticks) <= most + 1
            for value, text in ticks:
                assert low - 1e-9 * (high - low) <= value <= high + 1e-9 * (high - low)
                assert number(text) == pytest.approx(value, rel=1e-9, abs=1e-9 * (high - low))


def test_lines_are_cut_where_they_leave() -> None:
    assert inside([(0, 0), (1, 2), (2, 0)], -1, 1) == [[(0, 0), (0.5, 1)], [(1.5, 1), (2, 0)]]
    assert inside([(0, math.nan), (1, 0), (2, 1)], 0, 1) == [[(1, 0), (2, 1)]]
    assert line_across((1, 1), 1, (0, 1), (0, 1)) == ((0, 1), (1, 0))
    assert line_across((1, 1), 5, (0, 1), (0, 1)) is None
    assert line_across((0, 0), 0, (0, 1), (0, 1)) is None
