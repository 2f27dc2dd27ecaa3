"""What frameworks and sources count differently in the networks at hand, each with its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlcalc.cli.networks_given import Facts, Given
from dlcalc.networks.comparison import IDLE, RUNNING, SECOND, groups_of, spent_on, ungrouped
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.network import Network

Entry = tuple[str, Given, Facts]


def conventions_of(found: Sequence[Entry]) -> list[str]:
    """Sentences, each computed from the networks; none where nothing is counted differently."""
    told = [sentence for column, given, facts in found for sentence in _own(column, given, facts)]
    first = found[0]
    told += [sentence for other in found[1:] for sentence in _published(first, other)]
    return told


def _own(column: str, given: Given, facts: Facts) -> Iterator[str]:
    """What of one network is counted here and not there."""
    if idle := facts.spent.get(IDLE):
        yield (
            f"{column} has {idle:,} biases in front of batch normalisation. They change nothing, for the mean is taken "
            f"away again; without them it has {facts.total - idle:,} parameters."
        )
    if kept := facts.spent.get(RUNNING):
        yield (
            f"{column} keeps {kept:,} running means and variances that are not trained. Keras counts them: {facts.total:,}. "
            f"PyTorch's parameters leave them out: {facts.trained:,}."
        )
    yield from _biases(column, given.network, facts)
    if more := ungrouped(given.network):
        yield (
            f"{column} divides convolutions into groups. Without the groups there are {more:,} weights more: "
            f"{facts.total:,} + {more:,} = {facts.total + more:,}."
        )


def _biases(column: str, network: Network, facts: Facts) -> Iterator[str]:
    """The second bias vectors of recurrent layers, there or not."""
    if second := facts.spent.get(SECOND):
        yield (
            f"{column} has second bias vectors, as PyTorch does: {second:,} numbers that are only added to the first. "
            f"With one bias vector, as in Keras' LSTM, it has {facts.total - second:,} parameters."
        )
        return
    cells = [layer for layer in network.layers if isinstance(layer, Recurrent)]
    if not cells or any(layer.biases == 0 for layer in cells):
        return
    twice = network.with_layers(lambda layer: _with_two(layer) if isinstance(layer, Recurrent) else layer)
    more = spent_on(twice).get(SECOND, 0)
    frameworks = "PyTorch" if all(layer.cell != "gru" for layer in cells) else "PyTorch and the GRU of Keras"
    yield (
        f"{column} is counted with one bias vector for each set of weights. With the second one of {frameworks} there are "
        f"{more:,} more: {facts.total + more:,}."
    )


def _with_two(layer: Recurrent) -> Recurrent:
    found = layer.copied()
    found.biases = 2
    return found


def _published(one: Entry, other: Entry) -> Iterator[str]:
    """How two published numbers come together, where one counts what is trained and the other all."""
    (name, given, facts), (name_2, given_2, facts_2) = one, other
    if given.known is None or given_2.known is None or given.known.counts == given_2.known.counts:
        return
    if given.known.counts != "trainable":
        (name, given, facts), (name_2, given_2, facts_2) = other, one
    assert given.known is not None and given_2.known is not None
    changes = {
        group: facts_2.spent.get(group, 0) - facts.spent.get(group, 0)
        for group in groups_of([facts.spent, facts_2.spent])
        if group != RUNNING
    }
    changes[f"{RUNNING} of {name_2}"] = facts_2.kept
    steps = "".join(
        f" {'+' if change > 0 else '−'} {abs(change):,} ({group})"
        for group, change in changes.items()
        if change
    )
    whole = facts.trained + sum(changes.values())
    yield f"The published numbers count differently: {facts.trained:,} ({name}, trained){steps} = {whole:,} ({name_2}, all)."
