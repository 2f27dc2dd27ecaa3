"""What every layer of the engine promises.

Arrays are batch first and channels last, C-contiguous: (batch, features), (batch, steps, features),
(batch, height, width, channels). Shapes are written without the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Shape: TypeAlias = tuple[int, ...]
Initializer: TypeAlias = Callable[[Shape, np.random.Generator], Array]
"""Makes the first values of a tensor; :mod:`dlcalc.engine.initializers` has the usual ones."""


class Parameter:
    """A tensor that training changes.

    ``value`` and ``gradient`` become views of the model's two flat vectors when the model is built: write
    into them (``[...] =`` or ``out=``), never put another array in their place. ``decayed`` says whether
    weight decay and penalties reach it (weights, but neither biases nor what normalisation learns).
    """

    __slots__ = ("decayed", "gradient", "initializer", "name", "shape", "value")

    def __init__(self, name: str, shape: Shape, initializer: Initializer, *, decayed: bool = True) -> None:
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.decayed = decayed
        self.value: Array = np.empty(0)
        self.gradient: Array = np.empty(0)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a layer is built for: the largest batch, the type of its numbers, its own source of chance."""

    batch: int
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))
    rng: np.random.Generator = field(default_factory=lambda: np.random.Generator(np.random.SFC64(0)))


class Layer:
    """One operation and its derivative, side by side.

    The model calls ``build`` once, gives the ``parameters`` their views, then calls ``forward`` and
    ``backward`` in turn. A layer owns every large array it needs, made in ``build`` for the largest batch;
    a step on ``n`` rows uses the first ``n`` of them and allocates nothing large.

    ``frozen`` layers leave their parameters' gradients alone. ``first`` layers feed on data: their
    ``backward`` may return None, as nobody asks for the gradient of the input. The model changes both
    between steps (a generator learns through a discriminator that is frozen and, in that step, not first):
    read them in each ``backward``, never in ``build`` alone.

    ``reads_integers`` layers (embedding) are fed whole numbers; ``passes_gradient = False`` says that no
    gradient goes through to the inputs. ``built`` is set by the model: a layer has one place in one model.
    """

    frozen = False
    first = False
    reads_integers = False
    passes_gradient = True
    built = False
    parameters: tuple[Parameter, ...] = ()

    def build(self, shapes: tuple[Shape, ...], setting: Setting) -> Shape:
        """Sets the layer up for inputs of these shapes; returns the shape of its output.

        Raises ``ValueError`` with what was wanted where a shape does not fit.
        """
        raise NotImplementedError

    def forward(self, *inputs: Array, training: bool) -> Array:
        """The output, in an array the layer owns: it stays as it is until the next ``forward``.

        Inputs are never written to; the layer may keep them for ``backward``.
        """
        raise NotImplementedError

    def backward(self, gradient: Array) -> Any:
        """From the loss's gradient by the output to that by the input (a tuple of them for several inputs).

        Writes the gradients of the parameters into their views unless the layer is frozen. ``gradient``
        is never written to. What is returned is owned by the layer and stays until its next ``backward``.
        """
        raise NotImplementedError

    @property
    def state(self) -> dict[str, Array]:
        """What is kept but not trained, by name (running means): saved with the weights, changed in place."""
        return {}
