"""Reads a network from pasted Python code, Keras or PyTorch, as text: nothing of it is run."""

from __future__ import annotations

import ast
import re

from dlcalc.networks.code.source import Source, read_tree
from dlcalc.networks.network import Network
from dlcalc.notation.errors import InputError

_IMPORT = r"(?m)^[ \t]*(?:import|from)[ \t]+(?:{})\b"
_KERAS_IMPORT = re.compile(_IMPORT.format("keras|tensorflow|tf_keras"))
_TORCH_IMPORT = re.compile(_IMPORT.format("torch|torchvision|torchinfo|torchsummary"))
_KERAS_WORD = re.compile(
    r"\b(?:keras|tf|layers|models|Sequential|Input|Dense|Conv[123]D|MaxPool(?:ing)?[123]D|Flatten|LSTM|GRU|SimpleRNN|"
    r"Embedding|BatchNormalization|Dropout)\s*[.(]"
)
_TORCH_WORD = re.compile(r"\b(?:torch|nn|F|Linear|Conv[123]d|MaxPool[123]d|BatchNorm[123]d)\s*[.(]")


def read_code(text: str) -> Network:
    """The network that code builds; raises ``InputError`` at the line of what cannot be read."""
    tree, source = read_tree(text)
    try:
        return _read(tree, source)
    except RecursionError:
        raise InputError(
            "nests calls, models or brackets too deeply (line 1 and after)", "Write it flatter.",
            text=source.text, start=0, end=1,
        ) from None  # fmt: skip


def _read(tree: ast.Module, source: Source) -> Network:
    keras, torch = _seen(source.text)
    if torch > keras:
        from dlcalc.networks.torch.code import read_torch

        return read_torch(tree, source)
    if keras:
        from dlcalc.networks.keras.code import read_keras

        return read_keras(tree, source)
    raise InputError(
        "is Python code in which no network of Keras or PyTorch is found",
        "Paste the lines that make the layers, with their imports: keras.Sequential([...]) or class Net(nn.Module).",
        text=source.text, start=0, end=max(source.text.find("\n"), 1),
    )  # fmt: skip


def _seen(text: str) -> tuple[int, int]:
    """How much the code speaks for Keras, and for PyTorch: what it imports, and where that is not one, its words."""
    keras, torch = bool(_KERAS_IMPORT.search(text)), bool(_TORCH_IMPORT.search(text))
    if keras != torch:
        return int(keras), int(torch)
    return len(_KERAS_WORD.findall(text)), len(_TORCH_WORD.findall(text))
