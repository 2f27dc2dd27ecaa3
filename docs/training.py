"""Makes the table of ``docs/training.md``: every recipe trained once, with what it reached and how long it took.

``python docs/training.py`` trains all of them (some minutes); names behind it train only those and keep the other
rows. ``--seed`` takes another seed. What stands in the table was measured, by this, on the machine that is named.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from dlcalc.cli.train_list import goal_words
from dlcalc.cli.train_machine import machine_words
from dlcalc.engine.recipes import names, recipe
from dlcalc.engine.recipes.description import Options
from dlcalc.engine.training.loop import train

PAGE = Path(__file__).with_name("training.md")
START, END = "<!-- made by docs/training.py: from here -->", "<!-- to here -->"
HEADS = "| network | parameters | goal | measured | reached | seconds | seed | machine, day |"


def row(name: str, seed: int) -> str:
    """Trains a recipe as ``dlcalc train`` does, checkpoints included, and tells it in a row."""
    found = recipe(name)
    started = perf_counter()
    with TemporaryDirectory() as folder:
        prepared = found.prepare(Options(seed=seed))
        result = train(
            prepared.step, prepared.batches,
            epochs=prepared.epochs, validation=prepared.validation, early_stopping=prepared.early_stopping,
            folder=folder, settings=prepared.settings, every=max(prepared.epochs // 50, 1),
        )  # fmt: skip
        report = found.report(prepared, result)
    seconds = perf_counter() - started
    value = report.figures[found.goal.figure]
    reached = "yes" if found.goal.reached(report.figures) else "no"
    parameters = sum(model.parameter_count for model in prepared.step.models.values())
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    day = datetime.now(UTC).date().isoformat()
    cells = (
        f"`{name}`", f"{parameters:,}", goal_words(found.goal), shown, reached, f"{seconds:.1f}", str(seed),
        f"{machine_words()}; {day}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def rows_of(page: str) -> dict[str, str]:
    """The rows that stand in the table, by name."""
    table = page.partition(START)[2].partition(END)[0]
    return {line.split("`")[1]: line for line in table.splitlines() if line.startswith("| `")}


def main(words: list[str]) -> None:
    """Trains, and writes the table after every recipe, so that nothing measured is lost."""
    seed = 0
    if "--seed" in words:
        at = words.index("--seed")
        seed = int(words[at + 1])
        del words[at : at + 2]
    for name in words or names():
        page = PAGE.read_text(encoding="utf-8")
        rows = rows_of(page) | {name: row(name, seed)}
        table = [HEADS, "|" + " --- |" * HEADS.count(" |"), *(rows[one] for one in names() if one in rows)]
        before, after = page.partition(START)[0], page.partition(END)[2]
        PAGE.write_text("\n".join([f"{before}{START}", "", *table, "", f"{END}{after}"]), encoding="utf-8")
        sys.stdout.write(f"{rows[name]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
