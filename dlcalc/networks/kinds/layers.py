"""What every layer has in common, and the layers without windows or memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self

from dlcalc.networks.rules import Rule, Sizing, Weights, worked_out
from dlcalc.networks.sizes import Size, is_known, size_words
from dlcalc.notation.errors import InputError


class Layer:
    """One layer as it was written: its hyper-parameters and the activation behind it.

    ``fields`` names what makes two layers equal, ``kind`` is what a page calls it. ``text`` is the
    layer as typed, from ``start`` to ``end`` of the whole line or code; a layer made otherwise spells
    itself. ``name`` is what code calls it (conv1); ``declared`` how many channels or features the code
    says come in (PyTorch's in_channels and in_features), checked where the size is known and believed
    where it is not. A ``frozen`` layer keeps its weights: none of them is trained.
    """

    __slots__ = ("activation", "declared", "end", "frozen", "name", "start", "text")
    fields: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[str] = "layer"
    noun: ClassVar[str] = ""
    """What an exam calls it, where its kind would not do."""
    letters: ClassVar[dict[str, str]] = {}
    """What the letters of its rules stand for, where it is not what they stand for elsewhere."""

    def __init__(self, activation: str = "") -> None:
        self.activation = activation
        self.declared: int | None = None
        self.frozen = False
        self.name = ""
        self.text = ""
        self.start = 0
        self.end = 0

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(
            getattr(self, name) == getattr(other, name) for name in (*self.fields, "activation", "frozen")
        )

    def __hash__(self) -> int:
        return hash((self.kind, *(getattr(self, name) for name in (*self.fields, "activation"))))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in (*self.fields, "activation"))
        return f"{type(self).__name__}({inside})"

    @property
    def label(self) -> str:
        """The layer as a table names it."""
        frozen = "frozen" if self.frozen else ""
        return self.text or " ".join(part for part in (self.spelled(), self.activation, frozen) if part)

    def spelled(self) -> str:
        """The layer in the words of the spec line, without its activation."""
        return self.kind

    @property
    def particulars(self) -> list[str]:
        """Its settings as an exam lists them, but for its bias and how a window moves."""
        return []

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

    def edges(self, size: Size) -> tuple[int, ...] | None:
        """The places put in front of every side (below 0: cut off); None for a layer that does otherwise."""
        return None

    # -- the same from all that comes in; a layer that merges several inputs answers these itself

    def only(self, sizes: Sequence[Size]) -> Size:
        """The one size that comes in; raises ``InputError`` where there are several."""
        if len(sizes) != 1:
            raise InputError(
                f"takes one input, and {len(sizes)} come in",
                "Put add or concatenate in front of it.",
                where="input",
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


class Biased(Layer):
    """A layer of weights, with a bias or without; its kinds hold the slot."""

    __slots__ = ()
    bias: bool

    @property
    def has_bias(self) -> bool | None:
        return self.bias

    def with_bias(self, bias: bool) -> Layer:
        found = self.copied()
        found.bias = bias  # type: ignore[misc]  # the kinds hold the slot
        return found


class Dense(Biased):
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

    def check(self, size: Size) -> None:
        if len(size) > 2:
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

    def operations(self, size: Size) -> tuple[Rule, ...]:
        steps = len(size) > 1
        values = {"n": self.incoming(size), "m": self.units, "t": size[0] if steps else 1}
        why = "every unit multiplies every input" + (", at each of t steps" if steps else "")
        return (Rule("dense", "M[l]", "t*n*m" if steps else "n*m", values, why),)

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
    noun = "flatten"
    weightless = "flatten only rearranges numbers"

    def sizing(self, size: Size) -> Sizing:
        if not is_known(size):
            return Sizing((), (None,), "how many numbers there are depends on the height and width")
        if len(size) == 1:
            return Sizing((), size, f"{size_words(size)} numbers are a row already")
        letters = {2: "tn", 3: "hwc", 4: "dhwc"}[len(size)]
        values = dict(zip(letters, size, strict=True))
        return Sizing((Rule("flat", "o[l]", "*".join(letters), values, "all numbers in one row"),), ("o[l]",))


class Dropout(Layer):
    """Switches numbers off at random while training; ``form`` says which (spatial-dropout: whole channels)."""

    __slots__ = ("form", "rate")
    fields = ("rate", "form")
    kind = "dropout"
    noun = "dropout"
    weightless = "dropout switches numbers off, it learns nothing"

    def __init__(self, rate: str = "", form: str = "dropout", activation: str = "") -> None:
        super().__init__(activation)
        self.rate = rate
        self.form = form

    @property
    def particulars(self) -> list[str]:
        return [f"rate {self.rate}"] if self.rate else []

    def spelled(self) -> str:
        return f"{self.form} {self.rate}".rstrip()


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


class Scaled(Layer):
    """A normalisation with a learned scale and a learned shift, or without one of them."""

    __slots__ = ("center", "scale")
    fields: ClassVar[tuple[str, ...]] = ("scale", "center")

    def __init__(self, scale: bool = True, center: bool = True, activation: str = "") -> None:
        super().__init__(activation)
        self.scale = scale
        self.center = center

    @property
    def scaling(self) -> str:
        """How scale and shift are spelled where they are not both there."""
        if self.scale or self.center:
            return " scale=no" * (not self.scale) + " center=no" * (not self.center)
        return " affine=no"

    @property
    def lacks(self) -> list[str]:
        """What an exam says it does without."""
        return ["no scale"] * (not self.scale) + ["no shift"] * (not self.center)

    @property
    def learned(self) -> int:
        """The tensors it learns: the scale, the shift, both or none."""
        return self.scale + self.center

    def scales(self, shape: tuple[int, ...]) -> tuple[Weights, ...]:
        """The learned tensors, of this shape."""
        return (Weights("gamma", shape),) * self.scale + (Weights("beta", shape),) * self.center

    def scale_words(self, each: str) -> str:
        """What is learned, and for what: γ and β for each channel."""
        return " and ".join(["γ"] * self.scale + ["β"] * self.center) + f" for each {each}"


class BatchNorm(Scaled):
    """Two numbers per channel are learned, two more (mean and variance) are only kept.

    ``running`` says whether they are: without it every batch is taken by itself, in use too.
    """

    __slots__ = ("running",)
    fields: ClassVar[tuple[str, ...]] = (*Scaled.fields, "running")
    kind = "batchnorm"
    noun = "batch normalisation"
    weightless = "it neither learns nor keeps anything"

    def __init__(
        self, scale: bool = True, center: bool = True, running: bool = True, activation: str = ""
    ) -> None:
        super().__init__(scale, center, activation)
        self.running = running

    @property
    def particulars(self) -> list[str]:
        return [*self.lacks, *["no running statistics"] * (not self.running)]

    def spelled(self) -> str:
        return f"batchnorm{self.scaling}{'' if self.running else ' running=no'}"

    def check(self, size: Size) -> None:
        if size[-1] is None and self.declared is None:
            raise InputError(
                "needs to know how many channels come in", "Write them: ?x?x32 will do.", where="input"
            )

    def counting(self, size: Size) -> tuple[Rule, ...]:
        values = {"c": self.incoming(size)}
        learned = ("", "c", "2c")[self.learned]
        if not self.running:
            if not learned:
                return super().counting(size)
            return (Rule("norm", "P[l]", learned, values, self.scale_words("channel")),)
        kept = Rule("running", "R[l]", "2c", values, "running mean and variance: kept, not trained")
        if not learned:
            return kept, Rule("norm", "P[l]", "R[l]", values, "nothing in it is trained")
        why = "and γ and β, trained: 4 for each channel in all"
        if self.learned == 1:
            why = f"and {'γ' if self.scale else 'β'}, trained: 3 for each channel in all"
        return kept, Rule("norm", "P[l]", f"{learned} + R[l]", values, why)

    def weights(self, size: Size) -> tuple[Weights, ...]:
        shape = (self.incoming(size),)
        names = ("running mean", "running variance") if self.running else ()
        return self.scales(shape) + tuple(Weights(name, shape, False) for name in names)


def element_count(size: Size) -> int | None:
    """How many numbers a size holds."""
    return math.prod(side for side in size if side is not None) if is_known(size) else None
