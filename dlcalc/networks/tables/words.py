"""What is said about a row of a printed table that is wrong, or odd."""

from __future__ import annotations

from dlcalc.networks.kinds.layers import BatchNorm, Layer
from dlcalc.networks.kinds.pooling import Pool
from dlcalc.networks.kinds.recurrent import Recurrent
from dlcalc.networks.kinds.windows import step_words, window_words
from dlcalc.networks.sizes import Size, is_known, size_words
from dlcalc.networks.tables.findings import RIGHT, UNUSUAL, WRONG, Finding, row_finding
from dlcalc.networks.tables.readings import Reading, same_size, sizes_words, weighed
from dlcalc.networks.tables.rows import Row
from dlcalc.networks.tables.sources import Path
from dlcalc.networks.tables.windows import Facts


def printed_words(size: Size | None) -> str:
    """A printed size, or nothing where none is printed."""
    return "" if size is None else size_words(size)


def input_finding(row: Row) -> Finding:
    """A row that stands for what comes in."""
    if not row.parameters:
        return row_finding(row, RIGHT, printed_words(row.size), "what comes in")
    printed = f"{row.parameters:,}"
    words = f"{printed} parameters are printed, and an input has none"
    return row_finding(row, WRONG, printed_words(row.size), words, printed=printed, expected="0")


def changed_finding(row: Row, comes_in: Size) -> Finding:
    """A row that prints another size than comes in, though it changes nothing."""
    printed, expected = printed_words(row.size), size_words(comes_in)
    words = f"{printed} is printed, and {expected} comes in, which stays as it is"
    return row_finding(row, WRONG, printed, words, printed=printed, expected=expected)


def wrong_finding(row: Row, facts: Facts, path: Path, nearest: Reading | None) -> Finding:
    """A row that no layer explains: what should stand there, where that can be said."""
    sizes = sizes_words(path.sizes)
    printed = expected = formula = ""
    if row.incoming is not None and not same_size(path.sizes[0], row.incoming):
        printed, expected = size_words(row.incoming), sizes
        words = f"{printed} comes in by the table, and the row before gives {sizes}"
    elif nearest is None:
        words = _nothing(facts, sizes)
    elif nearest.size_fits:
        printed, expected = f"{facts.parameters or 0:,}", f"{nearest.parameters:,}"
        formula = nearest.worked_formula or "0"
        words = f"{printed} parameters are printed, and {nearest.layer.label} on {sizes} has {formula}"
        if facts.kind in ("conv", "transposed"):
            words = f"{_nothing(facts, sizes)}; {nearest.layer.label} has {formula}"
    else:
        printed, expected = printed_words(row.size), size_words(nearest.size)
        words = f"{printed} is printed, and {nearest.layer.label} on {sizes} gives {expected}"
        if nearest.parameters and nearest.parameters_fit:
            formula = nearest.worked_formula
            words += f" (its parameters fit: {formula})"
        elif not nearest.parameters_fit:
            words += f" and {nearest.worked_formula or 'no'} parameters"
    return row_finding(
        row, WRONG, printed_words(row.size), words, printed=printed, expected=expected, formula=formula,
        reading=nearest.layer.label if nearest else "",
    )  # fmt: skip


def _nothing(facts: Facts, sizes: str) -> str:
    """Why no layer of the kind explains a row."""
    count = f"{facts.parameters or 0:,} parameters"
    if facts.kind in ("conv", "transposed", "depthwise", "separable") and facts.out is not None:
        channels = facts.incoming[0][-1] if facts.incoming else None
        came = f"{channels}" if channels else f"what comes in ({sizes})"
        return f"no kernel size explains {count} from {came} to {facts.out[-1]} channels"
    return f"no {facts.word or facts.kind} on {sizes} gives {printed_words(facts.out)} with {count}"


def odd_words(facts: Facts, path: Path, reading: Reading) -> str:
    """What is odd about a row that is right by its numbers; empty where nothing is."""
    return _dense_for_flatten(facts, path, reading) or _padded_pool(facts, reading.layer)


def unusual_words(facts: Facts, reading: Reading, words: str) -> str:
    """That a row fits only a layer that is hardly meant, and what the usual one would have."""
    layer = reading.layer
    usual: Layer | None = None
    if isinstance(layer, BatchNorm):
        usual = BatchNorm()
    elif isinstance(layer, Recurrent):
        with_usual_biases = layer.copied()
        with_usual_biases.biases = 2 if facts.style == "torch" else 1
        usual = with_usual_biases
    found = weighed(facts, usual, 0) if usual is not None else None
    hint = (
        f"; the usual {usual.label} has {found.worked_formula}"
        if usual is not None and found is not None
        else ""
    )
    return f"only an unusual layer explains it: {words}{hint}"


def _dense_for_flatten(facts: Facts, path: Path, reading: Reading) -> str:
    """A dense layer as wide as what was flattened in front of it is a flatten that was called dense."""
    if (
        facts.kind != "dense"
        or facts.parameters is not None
        or not path.hidden
        or not is_known(path.sizes[0])
    ):
        return ""
    if reading.size != path.sizes[0]:
        return ""
    return (
        f"{size_words(reading.size)} is what flatten gives; as a dense layer of as many units it would have "
        f"{reading.worked_formula} parameters"
    )


def _padded_pool(facts: Facts, layer: Layer) -> str:
    """A pooling whose window and stride are printed, and that only gives the printed size with padding."""
    if not isinstance(layer, Pool) or facts.kernel is None or not layer.is_padded:
        return ""
    reading = weighed(facts, Pool(layer.operation, layer.kernel, layer.stride), 0)
    window, stride = window_words(layer.kernel).replace("x", "×"), step_words(layer.stride)
    gives = "" if reading is None else f" gives {size_words(reading.size)}"
    return (
        f"a window of {window} with stride {stride}{gives} without padding; {printed_words(facts.out)} takes padding, "
        f"or a window of {stride}"
    )


def block_finding(row: Row, last: Row, total: int | None) -> Finding:
    """A module whose rows are printed: it gives what the last of them gives; ``total`` is what they add up to."""
    size = printed_words(row.size)
    if total is not None and row.parameters not in (None, total):
        words = f"{row.parameters:,} parameters are printed, and its rows add up to {total:,}"
        return row_finding(row, WRONG, size, words, printed=f"{row.parameters:,}", expected=f"{total:,}")
    if row.size is not None and last.size is not None and not same_size(row.size, last.size):
        words = f"{size} is printed, and the last of its rows gives {size_words(last.size)}"
        return row_finding(row, UNUSUAL, size, words, printed=size, expected=size_words(last.size))
    return row_finding(row, RIGHT, size, "a module; its rows follow")
