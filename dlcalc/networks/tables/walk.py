"""Goes through a printed table row by row: infers every layer, judges it, and builds the network."""

from __future__ import annotations

from dlcalc.networks.assembly import Assembly
from dlcalc.networks.kinds.layers import Activation, Layer
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size, size_words
from dlcalc.networks.tables.findings import (
    RIGHT,
    UNCHECKED,
    UNUSUAL,
    WRONG,
    Finding,
    Sums,
    check_totals,
    row_finding,
)
from dlcalc.networks.tables.inputs import input_of
from dlcalc.networks.tables.kinds import function_of, kind_of
from dlcalc.networks.tables.readings import UNUSUAL as ODD
from dlcalc.networks.tables.readings import (
    Reading,
    explained,
    how_far,
    nearest_reading,
    same_size,
    sizes_words,
    worked,
)
from dlcalc.networks.tables.rows import Row, Table, short
from dlcalc.networks.tables.sources import Path, Wiring
from dlcalc.networks.tables.together import judged_batches, judged_blocks, judged_ends
from dlcalc.networks.tables.windows import Facts
from dlcalc.networks.tables.words import (
    changed_finding,
    input_finding,
    odd_words,
    printed_words,
    unusual_words,
    wrong_finding,
)
from dlcalc.notation.errors import InputError

MOST_NOTES = 40
MOST_NEAR = 6
"""On how many ways in a row that is wrong is tried, to say what should stand there."""

MOST_WRONG = 15
"""After so many wrong rows the others are not looked at: the table is of something else."""

WHOLE = "it stands for a whole module, or for a layer dlcalc does not know: what is inside is not printed"


class Walk:
    """A table with what was found about its rows and sums; :meth:`network` builds what it describes.

    ``until_wrong`` stops at the first row that is wrong. A row that is wrong is followed by what it prints, so that those behind it are judged by themselves.
    """

    def __init__(self, table: Table, *, until_wrong: bool = False) -> None:
        self.table = table
        self.assembly = Assembly()
        self.wiring = Wiring()
        self.inputs: list[Size] = []
        self.findings: list[Finding] = []
        self.notes: list[tuple[str, str]] = []
        self.sums = Sums()
        self.wrong = 0
        for row in table.rows:
            self.row(row)
            if self.wrong and until_wrong:
                return
        self.findings = judged_batches(table, judged_blocks(table, self.findings))
        if not self.wrong and not any(row.sources for row in table.rows):
            self.findings = judged_ends(self.wiring, self.findings)
        self.findings += check_totals(table, self.sums)

    # -- the network

    def network(self) -> Network:
        """What the table describes; raises ``InputError`` at the first row that is wrong or stays closed."""
        for finding in self.findings:
            if finding.verdict == WRONG:
                place = f"row {finding.row}, {finding.layer}" if finding.row else finding.layer
                self.refuse(
                    finding,
                    f"does not add up at {place}",
                    f"It should be {finding.expected}."
                    if finding.expected
                    else "Check this row and the one before.",
                )
            if finding.verdict == UNCHECKED and finding.row:
                self.refuse(
                    finding,
                    f"cannot be built from row {finding.row}, {finding.layer}",
                    "Print the table with what is inside: expand_nested=True in Keras, a larger depth in torchinfo.",
                )
        if not self.assembly.last:
            raise InputError("is a table without layers", "Paste the rows below the head too.")
        # A table that prints its connections shows the outputs too: what nobody takes from.
        ends = [node for node in range(1, self.assembly.last + 1) if node not in self.wiring.used]
        outputs = tuple(ends) if any(row.sources for row in self.table.rows) else ()
        return self.assembly.network(tuple(self.inputs), self.table.text, outputs, tuple(self.notes))

    def refuse(self, finding: Finding, what: str, expected: str) -> None:
        raise InputError(
            f"{what} (line {finding.line}): {finding.words}", expected,
            text=self.table.text, start=finding.start, end=finding.end,
        )  # fmt: skip

    def note(self, what: str, words: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append((what, words))

    # -- what comes in

    def new_input(self, row: Row, size: Size | None) -> None:
        self.inputs.append(size or (None,))
        self.wiring.put(row, 1 - len(self.inputs), self.inputs[-1])

    def first_input(self, row: Row, facts: Facts) -> bool:
        """Settles what comes in where no row prints it; whether anything could be found."""
        if row.incoming is not None:
            size = row.incoming
        else:
            found = input_of(facts, self.table.megabytes, self.table.batch)
            if found is None:
                words = "what comes into the first layer is not printed, and nothing says what it was"
                self.judge(row, row_finding(row, UNCHECKED, printed_words(row.size), words), None)
                self.new_input(row, row.size)
                return False
            size = found
            words = (
                f"it is not printed; {size_words(size)} is the plainest from which row {row.number} follows"
            )
            self.note("input", words)
        self.new_input(row, size)
        self.wiring.named.clear()
        return True

    # -- one row

    def row(self, row: Row) -> None:
        kind = kind_of(row.word, row.name)
        if row.is_block:
            if not self.inputs and row.incoming is not None:
                self.new_input(row, row.incoming)
            self.wiring.enter(row)
            if row.parameters and self.table.framework != "keras":
                self.sums.add(row.parameters, None, 0, row.frozen)
                words = f"{row.parameters:,} parameters outside of its layers, which are not in the network"
                self.note(row.label, words)
            return
        if kind == "input":
            self.new_input(row, row.size)
            self.judge(row, input_finding(row), None)
            return
        facts = Facts(
            kind, row.word, row.name, (), row.size, self.counted(row), self.table.framework, row.kernel, row.stride,
            row.activation, self.confirmed(row),
        )  # fmt: skip
        if self.inputs or self.first_input(row, facts):
            for again in range(row.times):
                self.layer(row, facts, again)

    def counted(self, row: Row) -> int | None:
        """The parameters of a row; PyTorch's tables leave them out where there are none."""
        if row.parameters is None and self.table.framework == "torch" and not row.again:
            return 0
        return row.parameters

    def confirmed(self, row: Row) -> bool:
        """Whether the next row says again how many channels or units this one has."""
        following = next((other for other in self.table.rows[row.number :] if not other.is_block), None)
        if row.size is None or following is None or not following.size:
            return False
        width, units = row.size[-1], following.size[-1]
        if kind_of(following.word, following.name) == "dense":
            return bool(width and units) and following.parameters == ((width or 0) + 1) * (units or 0)
        return width == units

    def layer(self, row: Row, facts: Facts, again: int) -> None:
        size = printed_words(row.size)
        if self.wrong >= MOST_WRONG:
            words = f"{MOST_WRONG} rows above are wrong: this one was not looked at"
            self.judge(row, row_finding(row, UNCHECKED, size, words), None)
            return
        best, path = self.best(row, facts)
        if path is not None:
            facts = _on(facts, path)
        if path is None:
            words = (
                f"it is connected to {short(', '.join(row.sources or []))}, and no row above has that name"
            )
            self.judge(row, row_finding(row, WRONG, size, words), None)
            self.stand_in(row, (self.wiring.current,))
        elif facts.kind == "same" or (not facts.kind and not row.parameters and row.size == path.sizes[0]):
            self.passed(row, path)
        elif not facts.kind:
            self.judge(row, row_finding(row, UNCHECKED, size, WHOLE), None)
            self.stand_in(row, path.nodes)
        elif best is None or not best.right:
            finding = wrong_finding(row, facts, path, best)
            self.judge(row, finding, best if best is not None and best.size_fits else None, path)
            self.stand_in(row, path.nodes)
        elif row.again and self.first_use(row, best.layer, path) is None:
            words = f"it uses a layer once more, and none above gives {size} on {sizes_words(path.sizes)}"
            self.judge(row, row_finding(row, WRONG, size, words), None)
            self.stand_in(row, path.nodes)
        else:
            self.placed(row, facts, path, best, again)

    def best(self, row: Row, facts: Facts) -> tuple[Reading | None, Path | None]:
        """The plainest reading over all ways in; where none fits, the nearest on a plain way."""
        if row.sources:
            paths = self.wiring.printed(row)
        else:
            paths = list(self.wiring.likely(row, facts.kind, facts.style))
        if not paths:
            return None, None
        paths.sort(key=lambda path: path.cost)
        fitting = [path for path in paths if row.incoming is None or same_size(path.sizes[0], row.incoming)]
        chosen: tuple[float, Reading, Path] | None = None
        for path in fitting:
            if chosen is not None and path.cost >= chosen[0]:
                break
            reading = explained(_on(facts, path))
            if reading is not None and (chosen is None or path.cost + reading.cost < chosen[0]):
                chosen = path.cost + reading.cost, reading, path
        if chosen is not None:
            return chosen[1]._replace(cost=chosen[0]), chosen[2]
        if not fitting:
            return None, paths[0]
        tried = [(path, nearest_reading(_on(facts, path))) for path in fitting[:MOST_NEAR]]
        path, near = min(tried, key=lambda one: how_far(one[1], facts) + one[0].cost * 0.1)
        return near, path

    def placed(self, row: Row, facts: Facts, path: Path, reading: Reading, again: int) -> None:
        """A row that is right: its layer goes into the network."""
        nodes = self.through(row, path)
        layer = reading.layer.copied()
        layer.activation = layer.activation or function_of(facts.activation, "")
        if row.again:
            layer = self.first_use(row, layer, path) or layer
        self.put(
            row,
            layer,
            nodes[:1] if facts.kind == "attention" and len(set(nodes)) == 1 else nodes,
            reading.size,
        )
        if again:
            return
        if facts.kind == "activation" and not function_of(row.word, row.name):
            self.note(row.name, "the table does not print which activation it is; it is left out here")
        if facts.kind == "attention" and facts.style != "torch":
            self.note(
                row.name,
                "the table does not print how many heads there are; one as wide has as many parameters",
            )
        words = f"{layer.label} on {sizes_words(path.sizes)}"
        if path.words:
            words += f"; {path.words}, which is not printed"
        if row.times > 1:
            words += f", and {row.times - 1} more on its own output"
        verdict = RIGHT
        if odd := odd_words(facts, path, reading):
            verdict, words = UNUSUAL, odd
        elif reading.cost >= ODD:
            verdict, words = UNUSUAL, unusual_words(facts, reading, words)
        finding = row_finding(
            row, verdict, printed_words(row.size), words, formula=reading.worked_formula, reading=layer.label
        )
        self.judge(row, finding, reading, path)

    def first_use(self, row: Row, layer: Layer, path: Path) -> Layer | None:
        """The layer above that a row uses once more; the row prints no parameters that would tell which."""
        for one in reversed(self.wiring.layers.values()):
            try:
                if one.kind == layer.kind and row.size in (None, one.output_of(path.sizes)):
                    return one
            except InputError:
                continue
        return None

    def judge(self, row: Row, finding: Finding, reading: Reading | None, path: Path | None = None) -> None:
        """Keeps what was found about a row, and counts it: as it is printed, and as the reading has it."""
        self.findings.append(finding)
        self.wrong += finding.verdict == WRONG
        if row.again:
            return
        kept = 0
        if reading is not None and path is not None and self.table.framework == "keras":
            kept = worked(reading.layer.counting_of(_on_sizes(reading.layer.kind, path.sizes)))[1]
        expected = None if reading is None else reading.parameters * row.times
        self.sums.add(self.counted(row), expected, kept, row.frozen)

    def put(self, row: Row, layer: Layer, nodes: tuple[int, ...], size: Size) -> None:
        if not layer.end:
            layer.name, layer.start, layer.end = row.name, row.start, row.end
        node = self.assembly.add(layer, *nodes)
        self.wiring.used |= set(nodes)
        self.wiring.put(row, node, row.size or size)
        self.wiring.layers[node] = layer

    def through(self, row: Row, path: Path) -> tuple[int, ...]:
        """Puts the layers that are not printed into the network; the nodes the row takes from."""
        nodes = path.nodes
        if path.words:
            self.note(f"in front of row {row.number}", f"{path.words}; the table does not print it")
        if path.last_step:
            before = self.wiring.layers[nodes[0]]
            assert isinstance(before, Recurrent)
            before.sequences = False
        for hidden in path.hidden:
            layer = hidden.copied()
            layer.start, layer.end = row.start, row.end
            size = layer.output_of([self.wiring.sizes[node] for node in nodes])
            self.wiring.used |= set(nodes)
            nodes = (self.assembly.add(layer, *nodes),)
            self.wiring.sizes[nodes[0]] = size
        return nodes

    def passed(self, row: Row, path: Path) -> None:
        """A row that changes nothing: its output is what comes in."""
        if row.size is not None and not same_size(row.size, path.sizes[0]):
            self.judge(row, changed_finding(row, path.sizes[0]), None)
            self.stand_in(row, path.nodes)
            return
        node = self.through(row, path)[0]
        self.wiring.put(row, node, self.wiring.sizes[node])
        words = "it leaves the size as it is"
        self.judge(row, row_finding(row, RIGHT, printed_words(row.size), words), None)

    def stand_in(self, row: Row, nodes: tuple[int, ...]) -> None:
        """Something in the place of a row nobody can build, of the size it prints."""
        self.put(row, Activation("linear"), nodes[:1], self.wiring.sizes[nodes[0]])
        self.wiring.used |= set(nodes)


def _on(facts: Facts, path: Path) -> Facts:
    return facts._replace(incoming=_on_sizes(facts.kind, path.sizes))


def _on_sizes(kind: str, sizes: tuple[Size, ...]) -> tuple[Size, ...]:
    """The inputs of a layer; attention of one sequence on itself has one, however often it is printed."""
    return sizes[:1] if kind == "attention" and len(set(sizes)) == 1 else sizes
