"""What every layer has in common, and the layers without windows or memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self

from dlcalc.networks.rules import Rule, Sizing, Weights, worked_out
from dlcalc.networks.sizes import Size, is_image, is_known, size_words
from dlcalc.notation.errors import InputError


class Layer:
    """One layer as it was written: its hyper-parameters and the activation behind it.

    ``fields`` names what makes two layers equal, ``kind`` is what a page calls it. ``text`` is the
    layer as typed, from ``start`` to ``end`` of the whole line or code; a layer made otherwise spells
    itself. ``name`` is what code calls it (conv1); ``declared`` how many channels or features the code
    says come in (PyTorch's in_channels and in_features), checked where the size is known and believed
    where it is not.
    """

    __slots__ = ("activation", "declared", "end", "name", "start", "text")
    fields: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[str] = "layer"

    def __init__(self, activation: str = "") -> None:
        self.activation = activation
        self.declared: int | None = None
        self.name = ""
        self.text = ""
        self.start = 0
        self.end = 0

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in (*self.fields, "activation"))

    def __hash__(self) -> int:
        return hash((self.kind, *(getattr(self, name) for name in (*self.fields, "activation"))))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in (*self.fields, "activation"))
        return f"{type(self).__name__}({inside})"

    @property
    def label(self) -> str:
        """The layer as a table names it."""
        return self.text or " ".join(part for part in (self.spelled(), self.activation) if part)

    def spelled(self) -> str:
        """The layer in the words of the spec line, without its activation."""
        return self.kind

    @property
    def has_bias(self) -> bool | None:
        """Whether it adds a bias; None for a layer that never does."""
        return None

    def with_bias(self, bias: bool) -> Layer:
        """The same layer with or without its bias."""
        return self

    def copied(self) -> Self:
        """The same layer once more, to be changed."""
        found = object.__new__(type(self))
        for kind in type(self).__mro__:
            for name in getattr(kind, "__slots__", ()):
                setattr(found, name, getattr(self, name))
        return found

    def check(self, size: Size) -> None:
        """Whether the layer can take this size; raises ``InputError`` naming the option at fault."""

    def sizing(self, size: Size) -> Sizing:
        """The rules its output size follows."""
        return Sizing((), size, "the size stays as it is")

    def counting(self, size: Size) -> tuple[Rule, ...]:
        """The rules its parameters are counted by: ``P[l]``, and ``R[l]`` for those not trained."""
        return (Rule("none", "P[l]", "0", {}, self.weightless),)

    weightless: ClassVar[str] = "nothing in it is learned"

    def weights(self, size: Size) -> tuple[Weights, ...]:
        """The tensors it holds."""
        return ()

    def operations(self, size: Size) -> tuple[Rule, ...]:
        """The rules its multiplications with an addition are counted by, ``M[l]``; none where it has none."""
        return ()

    # -- the same from all that comes in; a layer that merges several inputs answers these itself

    def only(self, sizes: Sequence[Size]) -> Size:
        """The one size that comes in; raises ``InputError`` where there are several."""
        if len(sizes) != 1:
            raise InputError(
                f"takes one input, and {len(sizes)} come in", "Put add or concatenate in front of it.", where="input"
            )
        return sizes[0]

    def sizing_of(self, sizes: Sequence[Size]) -> Sizing:
        return self.sizing(self.only(sizes))

    def counting_of(self, sizes: Sequence[Size]) -> tuple[Rule, ...]:
        return self.counting(self.only(sizes))

    def weights_of(self, sizes: Sequence[Size]) -> tuple[Weights, ...]:
        return self.weights(self.only(sizes))

    def operations_of(self, sizes: Sequence[Size]) -> tuple[Rule, ...]:
        return self.operations(self.only(sizes))

    def output_of(self, sizes: Sequence[Size]) -> Size:
        """The output size, after a check."""
        size = self.only(sizes)
        self.check(size)
        self.check_declared(size)
        return worked_out(self.sizing(size))

    def check_declared(self, size: Size) -> None:
        """Whether what the code says comes in does come in."""
        if self.declared is None or size[-1] in (None, self.declared):
            return
        what = "channels" if len(size) > 2 else "numbers"
        raise InputError(
            f"is made for {self.declared:,} {what}, and {size[-1]:,} come in",
            f"Write {size[-1]} there.",
            where="input",
        )

    def incoming(self, size: Size) -> int:
        """The channels or features that come in; raises ``InputError`` where nobody says."""
        found = size[-1] if size[-1] is not None else self.declared
        if found is None:
            raise InputError(
                "needs to know how many numbers come in",
                "Give the size of the input in full, for example 28x28x1.",
                where="input",
            )
        return found


def bias_words(bias: bool) -> str:
    """How a missing bias is spelled."""
    return "" if bias else " bias=no"


class Dense(Layer):
    """Every unit sees every number: units x inputs weights, one bias per unit."""

    __slots__ = ("bias", "units")
    fields = ("units", "bias")
    kind = "dense"

    def __init__(self, units: int, bias: bool = True, activation: str = "") -> None:
        super().__init__(activation)
        self.units = units
        self.bias = bias

    def spelled(self) -> str:
        return f"dense {self.units}{bias_words(self.bias)}"

    @property
    def has_bias(self) -> bool | None:
        return self.bias

    def with_bias(self, bias: bool) -> Layer:
        found = self.copied()
        found.bias = bias
        return found

    def check(self, size: Size) -> None:
        if is_image(size):
            raise InputError(
                f"takes a row of numbers, and a volume of {size_words(size)} comes in",
                "Put flatten in front of it, for example -> flatten -> dense 10. "
                "(Keras would go on along the channels alone; that is hardly meant.)",
                where="input",
            )

    def sizing(self, size: Size) -> Sizing:
        why = "one number per unit" if len(size) == 1 else "one number per unit at every step"
        rule = Rule("units", "o[l]", "m", {"m": self.units, "n": size[-1]}, why, minor=True)
        return Sizing((rule,), (*size[:-1], "o[l]"))

    def counting(self, size: Size) -> tuple[Rule, ...]:
        values = {"n": self.incoming(size), "m": self.units, "b": int(self.bias)}
        formula = "(n + 1)*m" if self.bias else "n*m"
        why = "every unit: a weight for each input" + (", and a bias" if self.bias else "; no bias")
        if len(size) > 1:
            why += "; the same at every step"
        return (Rule("dense", "P[l]", formula, values, why),)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        kernel = Weights("weights", (self.incoming(size), self.units))
        return (kernel, Weights("bias", (self.units,))) if self.bias else (kernel,)


class Flatten(Layer):
    """All numbers in one row."""

    __slots__ = ()
    kind = "flatten"
    weightless = "flatten only rearranges numbers"

    def sizing(self, size: Size) -> Sizing:
        if not is_known(size):
            return Sizing((), (None,), "how many numbers there are depends on the height and width")
        if len(size) == 1:
            return Sizing((), size, f"{size_words(size)} numbers are a row already")
        if len(size) == 2:
            rule = Rule("flat", "o[l]", "t*n", {"t": size[0], "n": size[1]}, "all numbers in one row")
        else:
            values = {"h": size[0], "w": size[1], "c": size[2]}
            rule = Rule("flat", "o[l]", "h*w*c", values, "all numbers in one row")
        return Sizing((rule,), ("o[l]",))


class Dropout(Layer):
    """Switches numbers off at random while training."""

    __slots__ = ("rate",)
    fields = ("rate",)
    kind = "dropout"
    weightless = "dropout switches numbers off, it learns nothing"

    def __init__(self, rate: str = "", activation: str = "") -> None:
        super().__init__(activation)
        self.rate = rate

    def spelled(self) -> str:
        return f"dropout {self.rate}".rstrip()


class Activation(Layer):
    """A function of each number, written as a layer of its own."""

    __slots__ = ("function",)
    fields = ("function",)
    kind = "activation"
    weightless = "an activation works on each number, it learns nothing"

    def __init__(self, function: str) -> None:
        super().__init__()
        self.function = function

    def spelled(self) -> str:
        return self.function


class BatchNorm(Layer):
    """Two numbers per channel are learned, two more (mean and variance) are only kept."""

    __slots__ = ()
    kind = "batchnorm"

    def check(self, size: Size) -> None:
        if size[-1] is None and self.declared is None:
            raise InputError(
                "needs to know how many channels come in", "Write them: ?x?x32 will do.", where="input"
            )

    def counting(self, size: Size) -> tuple[Rule, ...]:
        values = {"c": self.incoming(size)}
        return (
            Rule("running", "R[l]", "2c", values, "running mean and variance: kept, not trained"),
            Rule("norm", "P[l]", "2c + R[l]", values, "and γ and β, trained: 4 for each channel in all"),
        )

    def weights(self, size: Size) -> tuple[Weights, ...]:
        channels = self.incoming(size)
        learned = (Weights("gamma", (channels,)), Weights("beta", (channels,)))
        kept = tuple(Weights(name, (channels,), False) for name in ("running mean", "running variance"))
        return learned + kept


def element_count(size: Size) -> int | None:
    """How many numbers a size holds."""
    return math.prod(side for side in size if side is not None) if is_known(size) else None
