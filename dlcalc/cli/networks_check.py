"""``dlcalc networks check``: is the arithmetic of a printed table right?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlcalc.cli.networks_pages import Target, paragraph, section
from dlcalc.cli.sources import read_text, value_from
from dlcalc.cli.trouble import RIGHT, WRONG
from dlcalc.derivation import Step, Table
from dlcalc.notation.errors import InputError

if TYPE_CHECKING:
    from dlcalc.networks.tables.findings import Finding


def put_check(words: Sequence[str], target: Target) -> int:
    """Judges every row and every sum of the table in a file; the exit code says whether all are right.

    Raises ``InputError`` for a text that is no table.
    """
    from dlcalc.networks.tables.findings import WRONG as IS_WRONG
    from dlcalc.networks.tables.table import check_table

    if len(words) != 1:
        raise InputError(
            f"takes one file, and {len(words)} are given" if words else "needs the file of a printed table",
            "Write dlcalc networks check summary.txt, or - for standard input.", where="check",
        )  # fmt: skip
    text = str(value_from(words[0])) if words[0][:1] in ("-", "@") else read_text(Path(words[0]))
    try:
        findings = check_table(text)
    except InputError as error:
        error.where = "check"
        raise
    wrong = [finding for finding in findings if finding.verdict == IS_WRONG]
    if target.style == "json":
        target.put_data({"right": not wrong, "rows": [_data(finding) for finding in findings]})
    else:
        target.put_sections("The arithmetic of a printed table", list(_sections(findings, wrong)))
    return WRONG if wrong else RIGHT


def _sections(findings: Sequence[Finding], wrong: Sequence[Finding]) -> list[Step]:
    from dlcalc.networks.tables.findings import RIGHT as IS_RIGHT

    rows = tuple(
        (
            str(finding.row or ""), finding.layer, finding.size,
            "" if finding.parameters is None else f"{finding.parameters:,}", finding.verdict, finding.expected,
        )
        for finding in findings
    )  # fmt: skip
    sections = [
        section("Rows and sums", Table(("row", "layer", "output", "printed", "verdict", "should be"), rows))
    ]
    told = [finding for finding in findings if finding.verdict != IS_RIGHT]
    if told:
        sections.append(section("What is to be said", *(paragraph(_words(finding)) for finding in told)))
    count = len(wrong)
    verdict = (
        f"{count} of {len(findings)} rows and sums {'is' if count == 1 else 'are'} wrong."
        if count
        else "Nothing in it is wrong."
    )
    return [*sections, section("Verdict", paragraph(verdict))]


def _words(finding: Finding) -> str:
    place = f"Row {finding.row}, {finding.layer}" if finding.row else finding.layer
    return f"{place} (line {finding.line}), {finding.verdict}: {finding.words.rstrip('.')}."


def _data(finding: Finding) -> dict[str, Any]:
    data = finding._asdict()
    del data["start"], data["end"]
    return data
