"""PyTorch modules that are no module of its own: merges, last states, a class token, maxout, crops.

Everything flows channels first, (batch, channels, places ...); what PyTorch wants channels last is turned
around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn


class Through(nn.Module):
    """A function of the tensor, without weights."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.function(x)
        if min(found.shape) < 1:
            raise ValueError("nothing is left")
        return found


class ChannelsLast(nn.Module):
    """A module that wants its channels last."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.inner(x.movedim(1, -1))
        return found if found.dim() == 2 else found.movedim(-1, 1)


class States(nn.Module):
    """A recurrent module: the state of every step, or the last state of both directions side by side."""

    def __init__(self, inner: nn.RNNBase, sequences: bool) -> None:
        super().__init__()
        self.inner = inner
        self.sequences = sequences

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        every, last = self.inner(x)
        if self.sequences:
            return every
        hidden = last[0] if isinstance(last, tuple) else last
        ways = 2 if self.inner.bidirectional else 1
        return torch.cat(list(hidden[-ways:]), dim=1)


class Maxout(nn.Module):
    def __init__(self, inputs: int, units: int, pieces: int, bias: bool) -> None:
        super().__init__()
        self.units = units
        self.inner = nn.Linear(inputs, units * pieces, bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x).unflatten(-1, (self.units, -1)).amax(-1)


class Token(nn.Module):
    """One learned step in front; (batch, steps, features)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.token.expand(len(x), 1, -1), x], dim=1)


class Added(nn.Module):
    """A learned number for every number that comes in, added to it."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(*shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.table


class Slopes(nn.Module):
    """A leaky ReLU with a learned slope for every number."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.slopes = nn.Parameter(torch.zeros(*shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, x * self.slopes)


class SelfAttention(nn.Module):
    def __init__(self, features: int, heads: int, bias: bool) -> None:
        super().__init__()
        self.inner = nn.MultiheadAttention(features, heads, bias=bias, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x, x, x, need_weights=False)[0]


class WideAttention(nn.Module):
    """Self-attention whose heads have a width of their own, as Keras has it."""

    def __init__(self, features: int, heads: int, width: int, bias: bool) -> None:
        super().__init__()
        self.heads = heads
        self.into = nn.ModuleList(nn.Linear(features, heads * width, bias) for _ in range(3))
        self.out = nn.Linear(heads * width, features, bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (one(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in self.into)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(1, 2).flatten(2))


class Joined(nn.Module):
    """The ends of several paths put together."""

    def __init__(self, operation: str, paths: Sequence[nn.Module]) -> None:
        super().__init__()
        self.operation = operation
        self.paths = nn.ModuleList(paths)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = [path(x) for path in self.paths]
        if self.operation == "concatenate":
            return torch.cat(found, dim=1)
        whole = found[0]
        for other in found[1:]:
            if other.shape != whole.shape:
                raise ValueError("unlike sizes")
            whole = whole + other if self.operation == "add" else whole * other
        return whole
