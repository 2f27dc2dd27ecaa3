"""Goes on with a text, character by character, by a network that was trained on one."""

from __future__ import annotations

from dlcalc.cli.networks_pages import Target, paragraph, section
from dlcalc.cli.predict_run import Trained
from dlcalc.cli.train_order import input_error
from dlcalc.cli.trouble import RIGHT
from dlcalc.engine.data.errors import DataError
from dlcalc.engine.data.text import Vocabulary
from dlcalc.engine.recipes.characters import write
from dlcalc.notation.errors import InputError

_WRITTEN = 200  # characters
_TEMPERATURE = 0.5
_LONGEST = 10_000


def put_text(trained: Trained, raw: str | None, target: Target, seed: int) -> int:
    """Writes what follows the text, as a page or as JSON."""
    import numpy as np

    if not raw or len(raw) > _LONGEST:
        raise InputError("takes a text to go on with", f"Write 1 to {_LONGEST:,} characters.")
    vocabulary = Vocabulary(trained.classes)
    try:
        start = vocabulary.encode(raw)
    except DataError as trouble:
        raise input_error(trouble) from None
    rng = np.random.Generator(np.random.SFC64(seed))
    found = vocabulary.decode(write(trained.model, start, _WRITTEN, _TEMPERATURE, rng))
    if target.style == "json":
        target.put_data({"predict": raw, "recipe": trained.recipe, "network": trained.line, "text": found})
    else:
        target.put_sections(
            f"Asked: {trained.recipe}", [section("The text goes on", paragraph(f"{raw}{found}"))]
        )
    return RIGHT
