"""Makes the table of ``docs/gradients.md``: every layer and loss of the engine against central differences.

``python docs/gradients.py`` writes it. Figures differ in their last digits from machine to machine, as the
order of additions does: a page is out of date when a row is missing, not when a figure has moved.
"""

from __future__ import annotations

from pathlib import Path

from dlcalc.engine.gradients.table import Row, as_markdown, rows

PAGE = Path(__file__).with_name("gradients.md")
NOTE = "<!-- Made by docs/gradients.py. -->"


def page(found: list[Row]) -> str:
    """The page with these rows."""
    worst = max(found, key=lambda row: row.error)
    return f"""{NOTE}

# Gradients

Every layer and every loss of the training engine is compared with central differences, in float64, on random
configurations: strides smaller than the kernel, padding of all kinds, batches of several rows, initial states,
two outputs, a value used three times. A relative error is the difference over the larger of the two gradients; where
both are below a thousandth of their tensor's largest, it is over that thousandth. Where a function has a kink
(ReLU at 0), any gradient between the slopes of its two sides is right.

The worst of all is {worst.error:.1e} ({worst.name}). What is left is the rounding of the differences themselves, which
weighs most where a gradient almost vanishes.

{as_markdown(found)}

`python docs/gradients.py` makes this page again.
"""


if __name__ == "__main__":
    PAGE.write_text(page(list(rows())), encoding="utf-8")
