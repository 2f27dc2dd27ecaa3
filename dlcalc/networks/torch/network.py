"""The network of PyTorch code: followed once more for every size of its input, with errors that name the call."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dlcalc.networks.code.values import MISSING, Function, Instance, Unknown
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.network import Network
from dlcalc.networks.sizes import Size
from dlcalc.networks.torch.advice import told
from dlcalc.networks.torch.arguments import Arguments
from dlcalc.networks.torch.framework import Torch
from dlcalc.networks.torch.graph import DoesNotFitError, Graph, Tensor
from dlcalc.networks.torch.layers import layer_of, parted
from dlcalc.networks.torch.states import States
from dlcalc.networks.torch.tidying import tidied
from dlcalc.networks.torch.values import DEPENDS, Constant, Container, Learned, Module, kept_aside, walk
from dlcalc.notation.errors import InputError

T = TypeVar("T")

_SIDES = {"Linear": 1, "Embedding": 1, "LSTM": 2, "GRU": 2, "RNN": 2, "LSTMCell": 2, "GRUCell": 2, "RNNCell": 2, "MultiheadAttention": 2,
          "TransformerEncoderLayer": 2, "TransformerDecoderLayer": 2, "LayerNorm": 1}  # fmt: skip
_INCOMING = (
    "in_channels",
    "num_features",
    "num_channels",
    "in_features",
    "input_size",
    "embed_dim",
    "d_model",
)


class TorchNetwork(Network):
    """A network that knows the code it comes from: on another input the code is followed again."""

    __slots__ = ("trace",)

    def __init__(self, trace: Trace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trace = trace

    def with_(
        self,
        *,
        layers: tuple[Layer, ...] | None = None,
        inputs: tuple[Size, ...] | None = None,
        notes: tuple[tuple[str, str], ...] | None = None,
    ) -> Network:
        found: Network = self
        if inputs is not None and inputs != self.inputs:
            found = self.trace.network(inputs)
        first, *more = found.inputs
        return TorchNetwork(
            self.trace, first, found.layers if layers is None else layers, found.text, sources=found.sources,
            more_inputs=tuple(more), outputs=found.outputs, notes=found.notes if notes is None else notes,
        )  # fmt: skip

    def _placed(self, number: int, work: Callable[[Sequence[Size]], T], sizes: Sequence[Size]) -> T:
        if isinstance(self.layers[number - 1], Waiting):
            return work(sizes)
        try:
            return work(sizes)
        except InputError as trouble:
            raise told(self, number, sizes, trouble) from None


def traced(torch: Torch, model: Any, node: ast.AST, frozen: int) -> TorchNetwork:
    """The network of a model; raises ``InputError`` at the line of its forward that cannot be read."""
    for path, part in walk(model):
        if isinstance(part, (Module, Container, Learned)):
            part.name = path
        for name, one in kept_aside(part):
            one.name = name
    if frozen:
        torch.notes["frozen"] = f"line {frozen} freezes weights; all of them are counted as trained"
    return Trace(torch, model, node).network(())


class Trace:
    """A model with an example of its input, ready to be followed."""

    def __init__(self, torch: Torch, model: Any, node: ast.AST) -> None:
        self.torch = torch
        self.model = model
        self.node = node

    def network(self, given: tuple[Size, ...]) -> TorchNetwork:
        """The network on inputs of these sizes, or on those of the code.

        Where nobody says what comes in, the first layer does. If the code then fails, it may be for that: the
        network waits to be told its input, unless every input would fail in the same way.
        """
        guess, channels_first = self._guess() or ((None,), False)
        first = self._attempt(Graph(self.torch.source, guess, channels_first, given))
        if first.trouble is None or not first.assumed:
            return first.result()
        alike = self._attempt(Graph(self.torch.source, (None,) * len(guess), channels_first))
        if alike.trouble is None:
            return alike.result()
        if DEPENDS in str(first.trouble):
            return self._waiting(first.trouble)
        for sides in (3, 2, 4, 1):
            other = self._attempt(Graph(self.torch.source, (None,) * sides, sides > 2))
            if other.trouble is None and self._guess() is None:
                return other.result()
            if other.trouble is None or str(other.trouble) != str(first.trouble):
                return self._waiting(first.trouble)
        return first.result()

    def _waiting(self, trouble: InputError) -> TorchNetwork:
        """A network that cannot be followed before it is told what comes in."""
        return TorchNetwork(self, (None,), (Waiting(trouble),), self.torch.source.text)

    def _attempt(self, graph: Graph) -> _Attempt:
        """Follows the model once."""
        torch = self.torch
        torch.graph = graph
        graph.notes.update(torch.notes)
        torch.interpreter.steps = 0
        outputs: tuple[int, ...] = ()
        found = _Attempt()
        try:
            args, kwargs = self._inputs(graph)
            given = torch.followed(self.model, args, kwargs, self.node)
            outputs = tuple(dict.fromkeys(self._outputs(graph, given)))
        except DoesNotFitError:
            # The network ends with the layer that does not fit, and says so when its sizes are asked for.
            outputs = ()
        except InputError as trouble:
            found.trouble = trouble
        finally:
            torch.graph = None
            found.assumed = graph.assumed
        if found.trouble is None:
            found.take(lambda: self.finished(graph, outputs))
        return found

    def finished(self, graph: Graph, outputs: tuple[int, ...]) -> TorchNetwork:
        """The network of all layers that were followed; the last of them gives what comes out, unless said."""
        torch = self.torch
        if not graph.layers:
            raise torch.source.trouble(
                self.node, "has a model without layers", "Its forward must send x through them."
            )
        if not graph.used:
            raise torch.source.trouble(
                self.node, "has a model whose forward does not use its input", "Send x through the layers."
            )
        self._note_unused(graph)
        layers, sources, outputs = tidied(graph, outputs)
        first, *more = graph.input_sizes
        return TorchNetwork(
            self, first, tuple(layers), torch.source.text, sources=tuple(sources), more_inputs=tuple(more),
            outputs=outputs, notes=tuple(graph.notes.items()),
        )  # fmt: skip

    def _guess(self) -> tuple[Size, bool] | None:
        """What comes in, as far as the first layer says, and whether its channels stand first; None if none says."""
        parts = [part for _, part in walk(self.model) if isinstance(part, Module)]
        for at, part in enumerate(parts):
            sides = parted(part.kind)[1]
            if not sides and part.kind not in _SIDES:
                continue
            wanted = next(
                (
                    one.arguments[name]
                    for one in parts[at:]
                    for name in _INCOMING
                    if type(one.arguments.get(name)) is int
                ),
                None,
            )
            if not sides or part.kind == "BatchNorm1d":
                sides = _SIDES.get(part.kind, 1)
                own = next((part.arguments[name] for name in _INCOMING if name in part.arguments), None)
                return (*(None,) * (sides - 1), own if type(own) is int else None), False
            return (*(None,) * sides, wanted), True
        return None

    def _inputs(self, graph: Graph) -> tuple[list[Any], dict[str, Any]]:
        """The inputs the code gives the model in an example, or open ones."""
        torch = self.torch
        samples = [one for one in reversed(torch.samples) if one[0] is self.model]
        sample = next((one for one in samples if is_known([one[1], one[2]])), next(iter(samples), None))
        if sample is not None and (
            is_known([sample[1], sample[2]]) or not any(model is self.model for model, _ in torch.sizes)
        ):
            kwargs = {name: torch.as_inputs(one) for name, one in sample[2].items()}
            return torch.as_inputs(list(sample[1])), kwargs
        sizes = next((size for model, size in reversed(torch.sizes) if model is self.model), None)
        if sizes is not None:
            many = sizes if isinstance(sizes[0], (tuple, list)) else [sizes]
            wanted = len(graph.guess) if len(many) == 1 else 0
            return [_sized(graph, list(one), wanted) for one in many], {}
        count = 1
        if isinstance(self.model, Instance):
            forward = self.model.kind.member("forward")
            if forward is not MISSING and isinstance(forward, Function):
                names = [*forward.node.args.posonlyargs, *forward.node.args.args]
                count = max(
                    len(names) - 1 - len(forward.defaults),
                    1 if len(names) > 1 or forward.node.args.vararg else 0,
                )
        elif isinstance(self.model, (Module, Container)) and self.model.kind in _TAKES:
            count = _TAKES[self.model.kind]
        first = graph.open_input()
        if isinstance(self.model, Module) and self.model.kind == "MultiheadAttention":
            return [first] * 3, {}
        return [first, *(graph.open_input() for _ in range(count - 1))][:count], {}

    def _outputs(self, graph: Graph, found: Any) -> list[int]:
        """The numbers of the layers whose outputs a forward gives."""
        if isinstance(found, Unknown):
            if found.cause is not None:
                raise found.cause
            raise self.torch.source.trouble(
                self.node,
                "has a model that gives something only a run would tell",
                "Its forward must return a tensor.",
            )
        numbers = _numbers(graph, found, self.node, 0)
        if not numbers:
            states = found if isinstance(found, States) else None
            if states is None and isinstance(found, (list, tuple)):
                states = next((one for one in found if isinstance(one, States)), None)
            if states is not None:
                numbers = _numbers(graph, states.last(self.node), self.node, 0)
        if not numbers:
            raise self.torch.source.trouble(
                self.node, "has a model whose forward returns no tensor", "End it with return x."
            )
        return numbers

    def _note_unused(self, graph: Graph) -> None:
        """Tells of layers the model has and its forward does not use, which PyTorch counts all the same."""
        unused = [
            part
            for _, part in walk(self.model)
            if isinstance(part, Module) and id(part) not in graph.followed
        ]
        counted = [(part, _count(self.torch, part)) for part in unused]
        counted = [(part, count) for part, count in counted if count != 0]
        if counted and not _ends_early(graph):
            names = ", ".join(part.name or part.kind for part, _ in counted[:5]) + (
                ", ..." if len(counted) > 5 else ""
            )
            counts = [count for _, count in counted]
            total = f" ({sum(one or 0 for one in counts):,} parameters)" if None not in counts else ""
            graph.note(
                "unused",
                f"{names}{total}: made, and never used in forward; PyTorch counts them, the table does not",
            )
        aside = sorted({name for _, part in walk(self.model) for name, _ in kept_aside(part)})
        if aside:
            graph.note(
                "plain list",
                f"{', '.join(aside)}: a plain list, in which PyTorch does not find the modules to train them; nn.ModuleList does",
            )


class _Attempt:
    """What came out of following a model once: a network, and what is wrong with it."""

    def __init__(self) -> None:
        self.network: TorchNetwork | None = None
        self.trouble: InputError | None = None
        self.assumed = False
        """Whether an input was taken to be what the first layer wants."""

    def take(self, make: Callable[[], TorchNetwork]) -> None:
        """Makes the network and follows its sizes."""
        try:
            self.network = make()
            self.trouble = trouble_in(self.network)
        except InputError as trouble:
            self.trouble = trouble

    def result(self) -> TorchNetwork:
        """The network; raises what kept the code from being read."""
        if self.network is None:
            assert self.trouble is not None
            raise self.trouble
        return self.network


def trouble_in(network: Network) -> InputError | None:
    """What is wrong with the sizes of a network."""
    try:
        network.sizes  # noqa: B018 (worked out when asked for)
    except InputError as trouble:
        return trouble
    return None


class Waiting(Layer):
    """Stands for a network whose code cannot be followed before its input is known."""

    __slots__ = ("trouble",)
    kind = "waiting"

    def __init__(self, trouble: InputError) -> None:
        super().__init__()
        self.trouble = trouble

    def output_of(self, sizes: Sequence[Size]) -> Size:
        hint = "What comes in is not said in the code: give it by --input 3x32x32, or add model(torch.randn(1, 3, 32, 32))."
        trouble = self.trouble
        raise InputError(
            trouble.what, hint, where=trouble.where, text=trouble.text, start=trouble.start, end=trouble.end
        )


def is_known(value: Any) -> bool:
    """Whether an example holds a tensor whose size the code says."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(is_known(one) for one in value)
    return isinstance(value, Constant) and value.dims is not None


_TAKES = {"Transformer": 2, "TransformerDecoder": 2, "TransformerDecoderLayer": 2}


def _sized(graph: Graph, dims: list[Any], wanted: int) -> Tensor:
    """An input of the size that ``summary`` was told, with the examples in front or without."""
    known = [one if type(one) is int else None for one in dims]
    return graph.input(known if len(known) > max(wanted, 1) else [None, *known])


def _numbers(graph: Graph, found: Any, node: ast.AST, depth: int) -> list[int]:
    if isinstance(found, Tensor):
        return [graph.laid(found, graph.usual(found), node)]
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, (list, tuple)) and depth < 5 and len(found) <= 100:
        return [number for one in found for number in _numbers(graph, one, node, depth + 1)]
    return []


def _ends_early(graph: Graph) -> bool:
    return len(graph.sizes) - len(graph.used) < len(graph.layers)


def _count(torch: Torch, module: Module) -> int | None:
    """How many weights a layer has that was never used; None where that is not told by its arguments."""
    if module.kind.startswith("Transformer"):
        return None
    try:
        layer = layer_of(Arguments(torch.source, module.node, module.kind, module.arguments))
        sides = parted(module.kind)[1] or 1
        size = (*(None,) * sides, layer.declared)
        return sum(math.prod(one.shape) for one in layer.weights(size) if one.trainable)
    except (InputError, KeyError):
        return 0 if not any(name in module.arguments for name in _INCOMING) else None
