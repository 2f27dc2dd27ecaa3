"""``dlcalc networks compare``: several networks side by side, what they differ in, and what is counted otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dlcalc.cli.networks_conventions import conventions_of
from dlcalc.cli.networks_given import FLOAT32, Facts, Given, facts_of, given_from, network_data
from dlcalc.cli.networks_pages import Target, cell, paragraph, section
from dlcalc.derivation import Inline, Step, Table
from dlcalc.networks.comparison import PAIRS, Pair, groups_of, weighted
from dlcalc.networks.line.folded_line import line_of
from dlcalc.networks.named.known import plain_name
from dlcalc.networks.sizes import Size
from dlcalc.notation.errors import InputError, nearest
from dlcalc.notation.numbers import divide

MOST = 8
"""Networks side by side."""

_MOST_LAYERS = 40  # compared one by one
_LONGEST_LABEL = 24


class Compared:
    """A network in a comparison, under the name its column has."""

    def __init__(self, column: str, given: Given) -> None:
        self.column = column
        self.given = given
        self.facts: Facts = facts_of(given.network)

    @property
    def output(self) -> Size:
        network = self.given.network
        return network.sizes[network.outputs[-1]]


def put_pairs(target: Target) -> None:
    """The comparisons by name."""
    if target.style == "json":
        pairs = [{"name": name, **pair._asdict()} for name, pair in PAIRS.items()]
        target.put_data({"comparisons": pairs})
        return
    rows = tuple((name, pair.title) for name, pair in PAIRS.items())
    table = Table(("name", "compares"), rows)
    target.put_sections("Comparisons by name", [section("dlcalc networks compare NAME", table)])


def put_comparison(words: Sequence[str], size: Size | None, target: Target) -> None:
    """Networks side by side; one word is the name of a comparison.

    Raises ``InputError`` for fewer than two networks, and for one that cannot be read.
    """
    pair = _pair(words)
    names = pair.networks if pair else words
    if len(names) > MOST:
        raise InputError(
            f"takes at most {MOST} networks, and {len(names)} are given", "Leave some out.", where="compare"
        )
    found = []
    for at, raw in enumerate(names):
        given = given_from(raw, size)
        is_line = given.known is None and given.source == "as it was typed"
        found.append(Compared(chr(ord("A") + at) if is_line else given.name, given))
    if target.style == "json":
        target.put_data(_data(found, pair))
        return
    title = (
        pair.title
        if pair
        else f"{', '.join(one.column for one in found[:-1])} and {found[-1].column} side by side"
    )
    target.put_sections(title, list(_sections(found, pair)))


def _pair(words: Sequence[str]) -> Pair | None:
    if len(words) > 1:
        return None
    hint = "dlcalc networks compare --list shows the comparisons that have a name."
    if not words:
        raise InputError(
            "compares two networks or more, and none is given",
            f"Write dlcalc networks compare vgg16 resnet50. {hint}",
        )
    found = next((pair for name, pair in PAIRS.items() if plain_name(name) == plain_name(words[0])), None)
    if found is None:
        guess = nearest(words[0], PAIRS) or "Name another network."
        raise InputError(f"compares two networks or more, and one is given: {words[0]}", f"{guess} {hint}")
    return found


# -- the page


def _sections(found: Sequence[Compared], pair: Pair | None) -> list[Step]:
    sections = [section("The networks", *map(paragraph, map(_who, found)))]
    if pair:
        sections[0].content.append(paragraph(f"{pair.words}."))
    sections.append(section("Side by side", _side_by_side(found), why="for one input; weights in float32"))
    sections += [section("What is more", *map(paragraph, more))] if (more := _more(found)) else []
    if len({tuple(one.facts.spent.items()) for one in found}) > 1:
        sections.append(section("Where the parameters are", _spent(found)))
    layers = _layer_by_layer(found)
    sections += [section("Layer by layer", layers, why="layers with weights")] if layers else []
    told = conventions_of([(one.column, one.given, one.facts) for one in found])
    sections += [section("What is counted differently", *map(paragraph, told))] if told else []
    return sections


def _who(one: Compared) -> str:
    """What stands in a column."""
    given = one.given
    if given.known is not None:
        return f"{one.column}: {given.title} ({given.source})."
    return f"{one.column}: {line_of(given.network) or given.title}"


def _quantities(one: Compared) -> list[tuple[str, Any]]:
    facts = one.facts
    return [
        ("layers", len(one.given.network.layers)), ("layers with weights", facts.weighted), ("depth", facts.depth),
        ("parameters", facts.total), ("trained", facts.trained), ("not trained", facts.kept),
        ("weights in MB", divide(facts.bytes, 10**6)), ("weights in MiB", divide(facts.bytes, 2**20)),
        ("MACs", facts.macs), ("activations", facts.numbers),
        ("activations in MB", None if facts.numbers is None else divide(FLOAT32 * facts.numbers, 10**6)),
        ("receptive field", facts.field), ("output", one.output),
    ]  # fmt: skip


def _side_by_side(found: Sequence[Compared]) -> Table:
    columns = [_quantities(one) for one in found]
    rows: list[tuple[Inline, ...]] = []
    for row in zip(*columns, strict=True):
        values = [value for _, value in row]
        if any(value not in (None, 0) for value in values):
            more = [_difference(values)] if len(found) == 2 else []
            rows.append((row[0][0], *map(cell, values), *more))
    heads = ["", *(one.column for one in found), *["difference"] * (len(found) == 2)]
    return Table(tuple(heads), tuple(rows))


def _difference(values: Sequence[Any]) -> Inline:
    """The second less the first; nothing where there is none."""
    if None in values or isinstance(values[0], tuple):
        return cell(None)
    return cell(values[1] - values[0])


def _more(found: Sequence[Compared]) -> list[str]:
    """Which network has most of what, and by which factor."""
    told = []
    columns = [dict(_quantities(one)) for one in found]
    for name in ("parameters", "MACs", "activations"):
        values = [column[name] for column in columns]
        if not all(values):
            continue
        most, least = max(values), min(values)
        if most == least:
            told.append(f"All have the same number of {name}.")
            continue
        first, last = found[values.index(most)].column, found[values.index(least)].column
        told.append(f"{first} has {factor(most, least)} times the {name} of {last}: {most - least:,} more.")
    return told


def factor(most: int, least: int) -> str:
    """How often one number holds another, to four digits; ≈ where that is not all of it."""
    found = most / least
    shown = f"{found:,.0f}" if found >= 1000 else f"{found:.4g}"
    return shown if Fraction(shown.replace(",", "")) * least == most else f"≈ {shown}"


def _spent(found: Sequence[Compared]) -> Table:
    """What the parameters of each are spent on; every column adds up to its total."""
    groups = groups_of([one.facts.spent for one in found])
    rows: list[tuple[Inline, ...]] = []
    for name, values in [
        *((name, [one.facts.spent.get(name, 0) for one in found]) for name in groups),
        ("in all", [one.facts.total for one in found]),
    ]:
        rows.append((name, *map(cell, values), *([_difference(values)] if len(found) == 2 else [])))
    heads = ["", *(one.column for one in found), *["difference"] * (len(found) == 2)]
    return Table(tuple(heads), tuple(rows))


def _layer_by_layer(found: Sequence[Compared]) -> Table | None:
    """The layers with weights of networks that have as many of them, where they differ; of three the first is named."""
    heavy = [weighted(one.given.network) for one in found]
    if len(set(map(len, heavy))) > 1 or not 1 < len(heavy[0]) <= _MOST_LAYERS:
        return None
    named = len(found) if len(found) == 2 else 1  # columns that tell the layer beside its count
    rows: list[tuple[Inline, ...]] = []
    for place, numbers in enumerate(zip(*heavy, strict=True), 1):
        counts = [one.facts.layers[number - 1] for one, number in zip(found, numbers, strict=True)]
        labels = [_label(one, number) for one, number in zip(found, numbers, strict=True)]
        if len(set(counts)) > 1 or len(set(labels)) > 1:
            cells: list[Inline] = [cell(place)]
            for at, (label, count) in enumerate(zip(labels, counts, strict=True)):
                cells += [label, cell(count)] if at < named else [cell(count)]
            rows.append(tuple(cells))
    if not rows or len(rows) > _MOST_LAYERS // 2:
        return None
    columns = [one.column for one in found]
    heads = [columns[0], "parameters", columns[1], "parameters"] if named == 2 else ["layer", *columns]
    return Table(("", *heads), tuple(rows))


def _label(one: Compared, number: int) -> str:
    """A layer without its activation and what changes no count."""
    words = one.given.network.layers[number - 1].spelled().split()
    label = " ".join(word for word in words if "=" not in word or word.startswith(("groups", "bias")))
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


# -- JSON


def _data(found: Sequence[Compared], pair: Pair | None) -> dict[str, Any]:
    networks = []
    for one in found:
        data = network_data(one.given, one.facts)
        networks.append({"column": one.column, **data})
    first = found[0].facts
    differences = [
        {
            "of": one.column, "to": found[0].column, "parameters": one.facts.total - first.total,
            "spent_on": {
                name: one.facts.spent.get(name, 0) - first.spent.get(name, 0)
                for name in groups_of([first.spent, one.facts.spent])
            },
        }
        for one in found[1:]
    ]  # fmt: skip
    told = conventions_of([(one.column, one.given, one.facts) for one in found])
    return {
        "comparison": pair.title if pair else None, "shows": pair.words if pair else None, "networks": networks,
        "differences": differences, "conventions": told,
    }  # fmt: skip
