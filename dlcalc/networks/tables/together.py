"""What several rows of a printed table say together: modules and their rows, the batch, rows nobody takes from."""

from __future__ import annotations

from dlcalc.networks.tables.findings import RIGHT, UNUSUAL, Finding
from dlcalc.networks.tables.rows import Row, Table
from dlcalc.networks.tables.sources import Wiring
from dlcalc.networks.tables.words import block_finding


def judged_blocks(table: Table, findings: list[Finding]) -> list[Finding]:
    """The findings in the order of the rows, those about modules among them."""
    found = {finding.row: finding for finding in findings}
    for row in table.rows:
        if row.is_block:
            inside = _rows_in(table, row)
            # Keras prints the sum of a model beside it, torchinfo what the module holds outside of its rows.
            total = sum(other.parameters or 0 for other in inside) if table.framework == "keras" else None
            found[row.number] = block_finding(row, inside[-1], total)
    return [found[number] for number in sorted(found)]


def _rows_in(table: Table, block: Row) -> list[Row]:
    inside: list[Row] = []
    for row in table.rows[block.number :]:
        if row.depth <= block.depth:
            break
        if not row.is_block:
            inside.append(row)
    return inside


def judged_batches(table: Table, findings: list[Finding]) -> list[Finding]:
    """Every row has the same batch in front."""
    return [_with_batch(table, finding) for finding in findings]


def _with_batch(table: Table, finding: Finding) -> Finding:
    row = table.rows[finding.row - 1]
    other = next((batch for batch in row.batches if batch != table.batch), None)
    if finding.verdict != RIGHT or other is None:
        return finding
    words = (
        f"its first number, the batch, is {other:,}, and the other rows have {table.batch:,} "
        "(a recurrent layer with batch_first=False has its steps there)"
    )
    return finding._replace(verdict=UNUSUAL, words=words, printed=f"{other:,}", expected=f"{table.batch:,}")


def judged_ends(wiring: Wiring, findings: list[Finding]) -> list[Finding]:
    """Where connections are not printed, a row in the middle that nobody takes from is odd, and so is the next."""
    nodes = {row.number: node for row, node in wiring.named}
    judged = []
    before = 0
    for finding in findings:
        node = nodes.get(finding.row)
        if node is not None:
            alone = node > 0 and node != wiring.current and node not in wiring.used
            words = "no later row can take what it gives: it leaves the network here, or its size is wrong"
            if before and not alone:
                words = f"it does not follow from row {before} in front of it, but only from an earlier one"
            if finding.verdict == RIGHT and (alone or before):
                finding = finding._replace(verdict=UNUSUAL, words=words, printed=finding.size)
            before = finding.row if alone else 0
        judged.append(finding)
    return judged
