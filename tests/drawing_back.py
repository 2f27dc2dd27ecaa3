"""Reads a drawing back: pixels to data by nothing but the tick labels and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from dlcalc.catalogue import find
from dlcalc.derivation import Derivation, Picture
from dlcalc.pictures import illustrate
from dlcalc.renderers.svg import LIGHT, svg

SPACE = "{http://www.w3.org/2000/svg}"


def derived(name: str, /, **given: Any) -> Derivation:
    topic = find(name)
    problem = topic.problem.read(given)
    derivation = topic.derive(problem).derivation
    assert illustrate(topic, problem, derivation) == ""
    return derivation


def element(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(svg(picture))


def texts(root: ElementTree.Element) -> list[ElementTree.Element]:
    return list(root.iter(f"{SPACE}text"))


def number(words: str) -> float:
    """A tick label read as a person reads it."""
    plain = words.replace("−", "-")
    match = re.fullmatch(r"(?:(-?[\d.]+)×|(-?))10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", plain)
    if not match:
        return float(plain)
    exponent = match[3].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(match[1] or f"{match[2]}1") * 10.0 ** int(exponent)


def readers(root: ElementTree.Element) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """From pixels back to data, by nothing but the tick labels and where they stand."""
    soft = [one for one in texts(root) if one.get("fill") == LIGHT["soft"]]
    across = [
        (float(one.get("x", "")), number(one.text or ""))
        for one in soft
        if one.get("text-anchor") == "middle"
    ]
    up = [
        (float(one.get("y", "")) - 4.5, number(one.text or ""))
        for one in soft
        if one.get("text-anchor") == "end"
    ]

    def line(points: list[tuple[float, float]]) -> Callable[[float], float]:
        (a, u), (b, v) = points[0], points[-1]
        for pixel, value in points:  # the ticks themselves lie on one line
            assert u + (pixel - a) * (v - u) / (b - a) == pytest.approx(value, abs=2e-3 * abs(v - u))
        return lambda pixel: u + (pixel - a) * (v - u) / (b - a)

    return line(across), line(up)


def below_legend(root: ElementTree.Element) -> float:
    """Where the plot begins: under the name of its upright axis."""
    return next(float(one.get("y", "")) for one in texts(root) if one.get("x") == "8") + 10


def places(root: ElementTree.Element, tag: str, colour: str) -> list[tuple[float, float]]:
    """The data under all markers of a kind, the legend left out."""
    x, y = readers(root)
    found = []
    for one in root.iter(SPACE + tag):
        if LIGHT[colour] not in (one.get("fill"), one.get("stroke")):
            continue
        if tag == "circle":
            at = float(one.get("cx", "")), float(one.get("cy", ""))
        else:
            half = float(one.get("width", "")) / 2
            at = float(one.get("x", "")) + half, float(one.get("y", "")) + half
        if at[1] > below_legend(root) - 6:
            found.append((x(at[0]), y(at[1])))
    return found


def lines(root: ElementTree.Element, width: str) -> list[list[tuple[float, float]]]:
    """All lines of this width as data, the legend left out."""
    x, y = readers(root)
    found = []
    for one in root.iter(f"{SPACE}polyline"):
        points = [tuple(map(float, pair.split(","))) for pair in one.get("points", "").split()]
        if one.get("stroke-width") == width and points[0][1] > below_legend(root) - 6:
            found.append([(x(a), y(b)) for a, b in points])
    return found


def close(found: Any, expected: Any, slack: float) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=slack)
