"""``dlcalc networks NAME``: one network with its line, its numbers, its diagram and its layers."""

from __future__ import annotations

from dlcalc.catalogue import find
from dlcalc.cli import output
from dlcalc.cli.networks_given import FLOAT32, Facts, Given, facts_of, network_data
from dlcalc.cli.networks_pages import Target, cell, paragraph, section
from dlcalc.derivation import Derivation, Step, Table
from dlcalc.networks.line.folded_line import line_of
from dlcalc.networks.network import Network
from dlcalc.notation.numbers import divide
from dlcalc.renderers import Page

MOST_ROWS = 60
"""Layers listed one by one; of more, only with --all."""

_PAGE = 1100.0  # pixels of a diagram that a printed page has room for


def put_network(given: Given, target: Target, *, everything: bool) -> None:
    """The page of one network."""
    if target.style == "svg":
        from dlcalc.pictures.network import draw
        from dlcalc.renderers.svg import svg

        target.put(svg(draw(given.network)[0]))
        return
    facts = facts_of(given.network)
    if target.style == "json":
        target.put_data(network_data(given, facts))
        return
    target.put_page(Page(_derivation(given, facts, target, everything)))


def _derivation(given: Given, facts: Facts, target: Target, everything: bool) -> Derivation:
    network, known = given.network, given.known
    topic = find("params")
    told = len(network.layers) <= MOST_ROWS or everything
    problem = topic.problem.read({"network": network})
    counted = topic.derive(problem, telling=told, everything=everything).derivation
    shown = Derivation("networks", counted.style)
    shown.title = (f"{given.title}: {known.total if known else facts.total:,} parameters",)
    shown.echo = {"network": given.name}
    shown.conventions = dict(network.notes)
    line = line_of(network)
    words = line or "Several inputs or outputs, shared weights or knots: only code can say this network."
    shown.steps = [
        section("As a line", paragraph(words), why=given.source),
        section("In numbers", _numbers(network, facts), why="for one input, float32"),
        _diagram(network, facts, target),
    ]
    if told:
        tables = [block for step in counted.walk_steps() for block in step.blocks if isinstance(block, Table)]
        shown.steps += [section("Layers", table) for table in tables[-1:]]
    else:
        shown.warnings.append(f"--all adds the table of all {len(network.layers)} layers")
    if known is not None and known.note:
        shown.warnings.append(known.note.rstrip("."))
    shown.answers = {key: counted.answers[key] for key in ("total", "trainable", "non_trainable")}
    return shown


def _numbers(network: Network, facts: Facts) -> Table:
    """The numbers of the network, those that exist."""
    rows = [
        ("layers", len(network.layers)), ("layers with weights", facts.weighted), ("depth: most of them behind one another", facts.depth),
        ("parameters", facts.total), *[("not trained", facts.kept)] * bool(facts.kept),
        ("weights in MB", divide(facts.bytes, 10**6)), ("weights in MiB", divide(facts.bytes, 2**20)),
        ("MACs", facts.macs), ("numbers that come in and leave the layers", facts.numbers),
        ("the same in MB", None if facts.numbers is None else divide(FLOAT32 * facts.numbers, 10**6)),
        ("receptive field", facts.field), ("output", network.sizes[network.outputs[-1]]),
    ]  # fmt: skip
    return Table(("", ""), tuple((name, cell(value)) for name, value in rows if value is not None))


def _diagram(network: Network, facts: Facts, target: Target) -> Step:
    """The network as a picture, or in lines where the page is text."""
    if target.is_text:
        from dlcalc.pictures.network_text import rows_of

        rows = rows_of(network, facts.layers, output.width())
        used = [at for at in range(4) if any(row[at] for row in rows)]
        heads = ("", "layer", "output", "parameters".rjust(max(len(row.parameters) for row in rows)))
        return section(
            "Diagram",
            Table(tuple(heads[at] for at in used), tuple(tuple(row[at] for at in used) for row in rows)),
        )
    from dlcalc.pictures.network import draw

    step = section("Diagram")
    step.content += draw(network, tallest=_PAGE if target.style == "pdf" else 0.0)
    return step
