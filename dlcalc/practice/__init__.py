"""Problems to practise on: drawn so that slips show, or made from those of a file with fresh numbers."""

from dlcalc.practice.drawing import NoMoreError, content, draw, pins_of, practice_set
from dlcalc.practice.slips import Contrast, contrast
from dlcalc.practice.variants import Varied, numbered, variants

__all__ = [
    "Contrast", "NoMoreError", "Varied", "content", "contrast", "draw", "numbered", "pins_of", "practice_set", "variants",
]  # fmt: skip
