"""Pictures: what is drawn is what was worked out, read back from the drawing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from drawing import TOPICS, drawn
from drawing_back import SPACE, close, derived, element, lines, places, readers, texts

from dlcalc.catalogue import find
from dlcalc.derivation import Picture
from dlcalc.drawing import Cells, Dots, Frame
from dlcalc.pictures import drawer_of, illustrate
from dlcalc.renderers.braille import picture_rows
from dlcalc.renderers.formula.boxes import width_of
from dlcalc.renderers.svg import LIGHT, svg

DRAWN = ["conv", "gd", "lstm-step", "pca", "perceptron", "pmf", "pool"]


# -- the numbers


def test_the_path_of_a_descent_is_where_its_iterates_are() -> None:
    [picture] = derived("gd", function="(w-3)^2", start=6, rate="0.1", steps=3).pictures
    root = element(picture)
    w, expected = 6.0, [(6.0, 9.0)]
    for _ in range(3):
        w -= 0.1 * 2 * (w - 3)
        expected.append((w, (w - 3) ** 2))
    close(places(root, "circle", "blue"), expected, 0.02)
    [curve] = lines(root, "1.8")
    assert all(j == pytest.approx((w - 3) ** 2, abs=0.03) for w, j in curve)
    names = [one.text for one in texts(root)]
    assert {"w₀", "w₁", "w₂", "w₃"} <= set(names)


def test_level_lines_are_level_and_the_path_crosses_them_where_it_went() -> None:
    [picture] = derived("gd", function="x^2 + 3y^2", start="x=4, y=2", rate="0.1", steps=2).pictures
    root = element(picture)
    assert picture.alike
    levels = lines(root, "0.9")
    assert len(levels) >= 8
    for line in levels:
        heights = [x * x + 3 * y * y for x, y in line]
        assert max(heights) - min(heights) < 0.25, (min(heights), max(heights))
    close(places(root, "circle", "blue"), [(4, 2), (3.2, 0.8), (2.56, 0.32)], 0.02)


def test_a_descent_that_runs_away_is_drawn_as_far_as_it_can_be_seen() -> None:
    [picture] = derived("gd", function="(w-3)^2", start=6, rate="2", steps=60).pictures
    assert "Steps 2 to 60 lie outside the picture" in picture.caption
    close(places(element(picture), "circle", "blue"), [(6, 9), (-6, 81)], 0.2)


def test_several_rates_have_a_picture_each_and_one_together() -> None:
    pictures = derived("gd", function="(w-3)^2", start=6, rate=["0.1", "0.5"], steps=3).pictures
    assert len(pictures) == 3
    root = element(pictures[-1])
    close(places(root, "circle", "blue"), [(0, 9), (1, 5.76), (2, 3.6864), (3, 2.359296)], 0.05)
    close(places(root, "rect", "orange"), [(0, 9), (1, 0), (2, 0), (3, 0)], 0.05)


def test_bars_are_as_high_as_the_probabilities_and_the_mean_is_where_it_is() -> None:
    [picture] = derived("pmf", p="a, 3a, 5a, 7a, 9a, 11a, 13a, 15a, 17a", x="0..8").pictures
    root = element(picture)
    x, y = readers(root)
    bars = [one for one in root.iter(f"{SPACE}rect") if one.get("fill") == LIGHT["blue"]]
    heights = [y(float(one.get("y", ""))) for one in bars]
    centres = [x(float(one.get("x", "")) + float(one.get("width", "")) / 2) for one in bars]
    assert heights == pytest.approx([(2 * k + 1) / 81 for k in range(9)], abs=5e-4)
    assert centres == pytest.approx(list(range(9)), abs=0.01)
    for one in bars:  # they stand on zero
        assert y(float(one.get("y", "")) + float(one.get("height", ""))) == pytest.approx(0, abs=5e-4)
    mean = float(sum(Fraction(k * (2 * k + 1), 81) for k in range(9)))
    [marked] = lines(root, "1.8")
    assert [at for at, _ in marked] == pytest.approx([mean, mean], abs=0.01)
    assert f"≈ {mean:.3f}" in picture.caption


def test_the_boundary_is_the_line_of_the_learned_weights() -> None:
    data = [(4, 6, 0), (3, 4, 1), (7, 6, 1), (6, 7, 1)]
    given = "; ".join(" ".join(map(str, row)) for row in data)
    [picture] = derived("perceptron", data=given, rate="0.6").pictures
    root = element(picture)
    w1, w2, b, errors, seen = Fraction(0), Fraction(0), Fraction(0), 1, []
    while errors:
        errors = 0
        for x1, x2, target in data:
            error = target - (w1 * x1 + w2 * x2 + b >= 0)
            errors += int(error != 0)
            w1, w2, b = (v + Fraction(3, 5) * error * x for v, x in ((w1, x1), (w2, x2), (b, 1)))
            seen += [(w1, w2, b)] if error else []
    [final] = lines(root, "2.8")[:1]
    for u1, u2 in final:
        assert float(w1) * u1 + float(w2) * u2 + float(b) == pytest.approx(0, abs=0.05)
    for line in lines(root, "1.2"):  # every earlier one belongs to some earlier state
        assert any(all(abs(u * x1 + v * x2 + c) < 0.06 for x1, x2 in line) for u, v, c in seen)
    close(places(root, "circle", "orange"), [(4, 6)], 0.02)
    close(places(root, "rect", "blue"), [(3, 4), (7, 6), (6, 7)], 0.02)
    (tail, head) = lines(root, "2.8")[1]  # the arrow points to where it fires
    assert (
        float(w1) * head[0] + float(w2) * head[1] + float(b)
        > 0.3
        > abs(float(w1) * tail[0] + float(w2) * tail[1] + float(b))
    )


def test_components_are_eigenvectors_from_the_mean() -> None:
    rows = [(2, 0), (0, 2), (3, 1)]
    [picture] = derived("pca", data="2 0; 0 2; 3 1").pictures
    root = element(picture)
    mean = [sum(row[at] for row in rows) / 3 for at in (0, 1)]
    c = [[sum((r[i] - mean[i]) * (r[j] - mean[j]) for r in rows) / 2 for j in (0, 1)] for i in (0, 1)]
    arrows = lines(root, "2.6")
    assert len(arrows) == 2
    for (x, y), (u, v) in arrows:
        assert (x, y) == pytest.approx(mean, abs=0.02)
        a, b = u - x, v - y
        image = c[0][0] * a + c[0][1] * b, c[1][0] * a + c[1][1] * b
        assert image[0] * b == pytest.approx(image[1] * a, abs=0.08)  # the direction stays
        variance = (image[0] * a + image[1] * b) / (a * a + b * b)
        assert math.hypot(a, b) == pytest.approx(math.sqrt(variance), abs=0.03)
    close(places(root, "circle", "blue"), rows, 0.02)


def test_the_grids_hold_the_image_the_kernel_and_the_map() -> None:
    image = [[1, 2, 0, 1], [3, 1, 2, 2], [0, 1, 3, 1], [2, 2, 1, 0]]
    kernel = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
    given = {"input": image, "kernel": "1 0 -1; 1 0 -1; 1 0 -1", "padding": 1}
    [picture] = derived("conv", **given).pictures
    padded = [[0] * 6, *([0, *row, 0] for row in image), [0] * 6]
    expected = [
        [sum(padded[i + u][j + v] * kernel[u][v] for u in range(3) for v in range(3)) for j in range(4)]
        for i in range(4)
    ]
    grids = [shape for shape in picture.shapes if isinstance(shape, Cells)]
    assert [[list(row) for row in grid.values] for grid in grids] == [padded, kernel, expected]
    written = [one.text for one in texts(element(picture)) if re.fullmatch(r"−?\d+", one.text or "")]
    every = [n for grid in (padded, kernel, expected) for row in grid for n in row]
    assert written == [str(n).replace("-", "−") for n in every]
    frame = next(shape for shape in picture.shapes if isinstance(shape, Frame))
    assert (frame.left, frame.top, frame.width, frame.height) == (grids[0].left, grids[0].top, 3, 3)
    rects = [one for one in element(picture).iter(f"{SPACE}rect") if one.get("stroke-width") == "3"]
    cell = next(one for one in element(picture).iter(f"{SPACE}rect") if one.get("stroke-width") == "1")
    assert float(rects[0].get("width", "")) == pytest.approx(3 * float(cell.get("width", "")))
    assert (rects[0].get("x"), rects[0].get("y")) == (cell.get("x"), cell.get("y"))


def test_a_large_image_is_shaded_and_its_corner_named() -> None:
    rows = "; ".join(" ".join(str((i * j) % 7) for j in range(80)) for i in range(60))
    [picture] = derived("conv", input=rows, kernel="1 0; 0 1").pictures
    assert "upper left 32×32 corner" in picture.alt
    assert len(svg(picture)) < 80_000


def test_gates_over_time_are_what_the_answers_say() -> None:
    weights = "gate x h b; f 0.5 0.1 1; i 0.6 0.2 0.1; c 0.7 0.3 -0.1; o 0.4 0.5 0.2"
    derivation = derived("lstm-step", x="1; 0.5; -1", weights=weights)
    gates, states = derivation.pictures
    h = c = 0.0
    course: dict[str, list[float]] = {"f": [], "h": []}
    for x in (1.0, 0.5, -1.0):
        f, i, o = (
            1 / (1 + math.exp(-(w * x + u * h + b)))
            for w, u, b in ((0.5, 0.1, 1), (0.6, 0.2, 0.1), (0.4, 0.5, 0.2))
        )
        c = f * c + i * math.tanh(0.7 * x + 0.3 * h - 0.1)
        h = o * math.tanh(c)
        course["f"].append(f)
        course["h"].append(h)
    close(places(element(gates), "circle", "blue"), list(zip((1, 2, 3), course["f"], strict=True)), 0.01)
    hidden = next(shape for shape in states.shapes if isinstance(shape, Dots) and shape.label == "hidden h")
    assert [y for _, y in hidden.points] == pytest.approx(course["h"])


# -- every topic


def every_picture() -> Iterator[tuple[str, Picture]]:
    for name in DRAWN:
        topic = find(name)
        for problem in drawn(name)[:30]:
            derivation = topic.derive(problem).derivation
            assert illustrate(topic, problem, derivation) == "", name
            for picture in derivation.pictures:
                yield name, picture


def test_every_topic_draws_all_its_problems_or_none() -> None:
    assert sorted(name for name in TOPICS if drawer_of(name) is not None) == DRAWN
    seen = {name for name, _ in every_picture()}
    assert seen == set(DRAWN)
    for name in set(TOPICS) - set(DRAWN):
        topic = find(name)
        problem = drawn(name)[0]
        assert (
            illustrate(topic, problem, topic.derive(problem).derivation) == f"there is no picture for {name}"
        )
    assert drawer_of("../gd") is None


def test_every_drawing_is_well_formed_and_stays_inside_its_frame() -> None:
    for name, picture in every_picture():
        root = element(picture)
        _, _, width, height = map(float, root.get("viewBox", "").split())
        assert root.get("role") == "img"
        assert root.findtext(f"{SPACE}desc") == picture.alt
        assert root.findtext(f"{SPACE}title")
        for x, y in corners(root):
            assert -0.01 <= x <= width + 0.01, (name, picture.caption, x)
            assert -0.01 <= y <= height + 0.01, (name, picture.caption, y)
        assert len(picture.shapes) <= 400
        assert picture.alt.endswith(".")
        assert re.search(r"\d", picture.alt), picture.alt
        assert picture.caption.endswith(".")


def corners(root: ElementTree.Element) -> Iterator[tuple[float, float]]:
    """Every place anything is drawn at, words with the least room they need."""

    def of(one: ElementTree.Element, *names: str) -> list[float]:
        return [float(one.get(name, "0")) for name in names]

    for one in root.iter():
        tag = one.tag.removeprefix(SPACE)
        if tag in ("polyline", "polygon"):
            yield from (tuple(map(float, pair.split(","))) for pair in one.get("points", "").split())  # type: ignore[misc]
        elif tag == "rect":
            x, y, wide, tall = of(one, "x", "y", "width", "height")
            yield from ((x, y), (x + wide, y + tall))
        elif tag == "line":
            x1, y1, x2, y2 = of(one, "x1", "y1", "x2", "y2")
            yield from ((x1, y1), (x2, y2))
        elif tag == "circle":
            x, y, r = of(one, "cx", "cy", "r")
            yield from ((x - r, y - r), (x + r, y + r))
        elif tag == "text":
            x, y = of(one, "x", "y")
            wide = 0.4 * 13 * width_of(one.text or "")
            start = x - wide * {"middle": 0.5, "end": 1.0}.get(one.get("text-anchor", ""), 0.0)
            yield from ((start, y), (start + wide, y - 8))
        elif tag == "path":
            for x, y, wide, tall in re.findall(r"M(\S+) (\S+)h([\d.]+)v([\d.]+)", one.get("d", "")):
                yield from ((float(x), float(y)), (float(x) + float(wide), float(y) + float(tall)))


def test_names_beside_points_do_not_cover_each_other() -> None:
    for name, picture in every_picture():
        boxes = []
        for one in texts(element(picture)):
            if one.get("paint-order") and not one.get("text-anchor"):
                x, y = float(one.get("x", "")), float(one.get("y", ""))
                boxes.append((x, y - 9, x + 0.5 * 13 * width_of(one.text or ""), y))
        for at, a in enumerate(boxes):
            for b in boxes[:at]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (name, picture.caption)


def test_braille_fits_a_terminal_and_shows_the_points() -> None:
    for name, picture in every_picture():
        rows = ["".join(piece for piece, _ in row) for row in picture_rows(picture, 100)]
        assert max(map(width_of, rows)) <= 72, "\n".join(rows)
        caption = "".join(rows).replace(" ", "").find(picture.caption[:12].replace(" ", ""))
        assert caption > 0, name
        assert len(rows) <= 25
    [picture] = derived("gd", function="(w-3)^2", start=6, rate="0.1", steps=3).pictures
    plot = ["".join(piece for piece, _ in row) for row in picture_rows(picture, 100)][1:-3]
    points = [(at, row.index("●")) for at, row in enumerate(plot) if "●" in row]
    assert len(points) == 4  # w0 on the right and high, the others down and to the left
    assert [column for _, column in points] == sorted((column for _, column in points), reverse=True)


def test_braille_bars_rise_with_the_probabilities() -> None:
    [picture] = derived("pmf", p="0.1 0.2 0.3 0.4").pictures
    rows = ["".join(piece for piece, _ in row) for row in picture_rows(picture, 100)]
    blocks = [[row[at] if at < len(row) else " " for row in rows] for at in range(72)]
    heights = [
        sum(8 if sign == "█" else " ▁▂▃▄▅▆▇".find(sign) for sign in column if sign in "▁▂▃▄▅▆▇█")
        for column in blocks
    ]
    steps = [height for at, height in enumerate(heights) if height and height != heights[at - 1]]
    assert len(steps) == 4
    assert [round(height / steps[0]) for height in steps] == [1, 2, 3, 4]


def test_a_window_is_in_brackets_where_there_are_no_lines() -> None:
    [picture] = derived("pool", input="1 3 2 4; 5 6 7 8; 9 2 1 3; 4 5 6 7", size=2).pictures
    rows = ["".join(piece for piece, _ in row).strip() for row in picture_rows(picture, 100)]
    assert rows[1].startswith("[ 1  3] 2  4")
    assert "[ 6] 8" in rows[2]
