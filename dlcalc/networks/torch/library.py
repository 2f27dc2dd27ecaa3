"""The functions and classes of PyTorch and its neighbours, by their full names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlcalc.networks.code.harm import is_harmless_library
from dlcalc.networks.code.values import MISSING, Unknown, refuse_unknown
from dlcalc.networks.torch.arguments import Arguments
from dlcalc.networks.torch.constants import constant, constant_method
from dlcalc.networks.torch.graph import Graph, Tensor
from dlcalc.networks.torch.layers import check
from dlcalc.networks.torch.signatures import MODULES, bound
from dlcalc.networks.torch.states import States
from dlcalc.networks.torch.values import CONTAINERS, Constant, Container, Learned, Module, Partial, is_module
from dlcalc.notation.errors import nearest

if TYPE_CHECKING:
    from dlcalc.networks.code.source import Source
    from dlcalc.networks.torch.interpreter import TorchInterpreter

HARMLESS_METHODS = frozenset(
    [
        "train",
        "eval",
        "to",
        "cuda",
        "cpu",
        "float",
        "double",
        "half",
        "bfloat16",
        "requires_grad_",
        "apply",
        "type",
        "share_memory",
        "to_empty",
        "parameters",
        "named_parameters",
        "buffers",
        "named_buffers",
        "modules",
        "named_modules",
        "children",
        "named_children",
        "state_dict",
        "load_state_dict",
        "zero_grad",
        "register_forward_hook",
        "register_full_backward_hook",
        "register_backward_hook",
        "flatten_parameters",
        "reset_parameters",
        "_reset_parameters",
        "compile",
        "extra_repr",
        "get_parameter",
        "log",
        "log_dict",
        "save_hyperparameters",
        "freeze",
        "unfreeze",
        "summary",
        "optimizers",
        "toggle_optimizer",
        "untoggle_optimizer",
        "manual_backward",
        "all_gather",
        "print",
        "fit",
        "predict",
    ]
)
"""Methods of modules that change no network."""

_NEIGHBOURS = {
    "torchvision", "torchtext", "torchaudio", "torchmetrics", "pytorch_lightning", "lightning", "ignite", "tensorboardX",
    "torchinfo", "torchsummary", "torchviz", "thop", "ptflops", "fvcore", "accelerate", "albumentations", "tqdm", "timeit",
    "os.environ", "torch_lr_finder", "onnx", "netron", "hiddenlayer", "livelossplot", "visdom", "datasets", "evaluate",
}  # fmt: skip
"""Libraries beside PyTorch whose calls build no layers here."""

_SUMMARIES = {
    "torchinfo",
    "torchsummary",
    "torchstat",
    "pytorch_model_summary",
    "modelsummary",
    "ptflops",
    "torchscan",
}
_SNIPPETS = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "optim": "torch.optim", "np": "numpy",
    "plt": "matplotlib.pyplot", "math": "math", "summary": "torchinfo.summary", "OrderedDict": "collections.OrderedDict",
    "Module": "torch.nn.Module", "Tensor": "torch.Tensor", "transforms": "torchvision.transforms",
    "datasets": "torchvision.datasets", "DataLoader": "torch.utils.data.DataLoader", "Parameter": "torch.nn.Parameter",
    "partial": "functools.partial", "copy": "copy", "deepcopy": "copy.deepcopy", "tqdm": "tqdm.tqdm",
    "os": "os", "time": "time", "random": "random", "torchvision": "torchvision", "List": "typing.List",
}  # fmt: skip
"""What names mean in code pasted without its head."""

_OF_KERAS = {
    "Dense": "Linear", "MaxPooling2D": "MaxPool2d", "AveragePooling2D": "AvgPool2d", "BatchNormalization": "BatchNorm2d",
    "Conv2DTranspose": "ConvTranspose2d", "SimpleRNN": "RNN", "GlobalAveragePooling2D": "AdaptiveAvgPool2d",
    "MultiHeadAttention": "MultiheadAttention", "LayerNormalization": "LayerNorm", "UpSampling2D": "Upsample",
}  # fmt: skip
"""Layers by the names of Keras."""

_BUILDING = re.compile(r"torch\.nn\.(?!init\.|utils\.|functional\.|parallel\.)\w+\Z|torch\.nn\.modules\.")
_INNER = re.compile(r"\Atorch\.nn\.modules\.\w+\.(?=\w+\Z)")


def snippet_name(name: str) -> str | None:
    """The full name of something PyTorch code usually imports; None for all else."""
    if name in _SNIPPETS:
        return _SNIPPETS[name]
    return f"torch.nn.{name}" if name in MODULES or name in CONTAINERS else None


def is_harmless(path: str) -> bool:
    """Whether calling this builds no part of a network."""
    path = _INNER.sub("torch.nn.", path)
    if _BUILDING.match(path):
        return path.endswith("Loss") or path.rpartition(".")[2] in ("DataParallel", "SyncBatchNorm")
    root = path.partition(".")[0]
    return root in _NEIGHBOURS or root == "torch" or is_harmless_library(path)


class Libraries:
    """Calls of libraries while code is read."""

    source: Source
    graph: Graph | None
    interpreter: TorchInterpreter
    foreign: ast.AST | None
    building: int
    notes: dict[str, str]
    sizes: list[tuple[Any, Any]]
    samples: list[tuple[Any, list[Any], dict[str, Any]]]

    if TYPE_CHECKING:

        def unknown(self, node: ast.AST) -> Unknown: ...
        def remembered(self, value: Any, node: ast.AST) -> Any: ...
        def copies(self, value: Any, node: ast.AST) -> Any: ...
        def children_from(self, kind: str, args: list[Any], node: ast.AST) -> dict[str, Any]: ...
        def tried_out(self, work: Callable[[], Any], node: ast.AST) -> Any: ...
        def as_inputs(self, value: Any) -> Any: ...
        def with_learned(self, sign: str, tensor: Tensor, learned: Learned, node: ast.AST) -> Any: ...
        def function_of_tensor(
            self, name: str, args: list[Any], node: ast.AST, kwargs: dict[str, Any] | None = None
        ) -> Any: ...

    def library(self, path: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        """What the call of a library gives; raises ``InputError`` for one nobody knows here."""
        path = _INNER.sub("torch.nn.", path)
        root, _, rest = path.partition(".")
        word = path.rpartition(".")[2]
        if path == "collections.OrderedDict":
            return self._ordered(args, node)
        if path in ("copy.deepcopy", "copy.copy"):
            return self.copies(args[0], node) if args else None
        if path == "functools.partial" and args:
            return Partial(args[0], args[1:], kwargs)
        if root in _SUMMARIES or (word == "summary" and args):
            return self._summed(args, kwargs, node)
        if root == "torch":
            return self._torch(path, word, args, kwargs, node)
        if root == "torchvision" and rest.startswith("models."):
            self.foreign = self.foreign or node
        if any(isinstance(one, (Tensor, States)) for one in args):
            raise self.source.trouble(node, f"sends a tensor through {path}, which is not read here")
        if root in _NEIGHBOURS or is_harmless_library(path):
            self._exampled(args, kwargs)
            return self.unknown(node)
        raise self.source.trouble(
            node, f"calls {path}, of which nothing is known here; nothing was run",
            "Take the line away if it has nothing to do with the network; paste the code of classes it takes from "
            "other files.",
        )  # fmt: skip

    def _ordered(self, args: list[Any], node: ast.AST) -> Any:
        if not args:
            return {}
        if isinstance(args[0], dict):
            return dict(args[0])
        pairs = self.interpreter.items(args[0], node)
        if not all(
            isinstance(one, (list, tuple)) and len(one) == 2 and isinstance(one[0], str) for one in pairs
        ):
            raise self.source.trouble(
                node, "makes an OrderedDict of something else than pairs", 'Write [("conv1", nn.Conv2d(1, 6, 5)), ...].'
            )  # fmt: skip
        return dict(pairs)

    def _summed(self, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any:
        """``summary(model, (3, 32, 32))``: it tells the size of the input."""
        model = next((one for one in (*args[:1], kwargs.get("model")) if is_module(one)), None)
        size = kwargs.get("input_size", args[1] if len(args) > 1 else None)
        data = kwargs.get("input_data", size)
        if model is not None and isinstance(data, Constant):
            self.samples.append((model, [data], {}))
        elif model is not None and isinstance(size, (list, tuple)) and size:
            self.sizes.append((model, size))
        return self.unknown(node)

    def _exampled(self, args: list[Any], kwargs: dict[str, Any]) -> None:
        """A model that some tool is given together with an example of its input."""
        given = [*args, *kwargs.values()]
        model = next((one for one in given if is_module(one)), None)
        inputs = [one for one in given if isinstance(one, (Constant, tuple, list))]
        if model is None or not inputs:
            return
        first = list(inputs[0]) if isinstance(inputs[0], (tuple, list)) else inputs[:1]
        if first and all(isinstance(one, Constant) for one in first):
            self.samples.append((model, first, {}))

    def _torch(self, path: str, word: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if path in ("torch.nn.Parameter", "torch.nn.parameter.Parameter"):
            return self._parameter(args, kwargs, node)
        if path.startswith("torch.nn.utils.rnn."):
            return self._packed(word, args)
        if path == "torch.nn.Module.__init__":
            return None
        if path.startswith(("torch.nn.utils.", "torch.nn.init.", "torch.compile", "torch.jit")) or word in (
            "DataParallel", "DistributedDataParallel",
        ):  # fmt: skip
            self._exampled(args, kwargs)
            if word == "weight_norm":
                self.notes["weight_norm"] = (
                    f"line {node.lineno}: PyTorch learns a length for every output more than the table counts"
                )
            return args[0] if args and is_module(args[0]) else self.unknown(node)
        if path.startswith(("torch.nn.functional.", "torch.special.")) or path.count(".") == 1:
            return self._function(path, word, args, kwargs, node)
        if path.startswith("torch.nn.") and path.count(".") == 2:
            return self._module(word, args, kwargs, node)
        self._exampled(args, kwargs)
        if self.graph is not None and any(isinstance(one, Tensor) for one in args):
            raise self.source.trouble(node, f"sends a tensor through {path}, which is not read here")
        return self.unknown(node)

    def _parameter(self, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Learned:
        given = args[0] if args else kwargs.get("data")
        if isinstance(given, Unknown):
            raise refuse_unknown(self.source, node, given, "makes weights of a size")
        dims = given.dims if isinstance(given, (Constant, Learned)) else None
        if dims is None or not all(type(one) is int and one > 0 for one in dims):
            if isinstance(given, Constant) and given.dims is None and given.kept is False and not args:
                dims = None
            raise self.source.trouble(
                node, "makes weights whose size is not known", "Write it: nn.Parameter(torch.zeros(1, 64))."
            )
        return Learned(dims, node)

    def _packed(self, word: str, args: list[Any]) -> Any:
        """Sequences packed without their padding, and unpacked again: the size stays."""
        first = args[0] if args else None
        return (first, Unknown("the lengths of sequences", 0)) if word == "pad_packed_sequence" else first

    def _function(self, path: str, word: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        kwargs = dict(kwargs)
        for other, name in (("axis", "dim"), ("keepdims", "keepdim")):
            if other in kwargs:
                kwargs[name] = kwargs.pop(other)
        first = next((name for name in ("input", "tensors", "query", "tensor") if name in kwargs), None)
        if first is not None and not args:
            args = [kwargs.pop(first)]
        within = args[0] if args and isinstance(args[0], (list, tuple)) else args
        if any(isinstance(one, (Tensor, States)) for one in within):
            if not args or not (isinstance(args[0], (Tensor, States, list, tuple)) and args[0]):
                args = _tensor_first(args)
            if word == "linear" and len(args) > 1 and isinstance(args[0], Tensor):
                return self._linear(args, kwargs, node)
            return self.function_of_tensor(word, args, node, kwargs)
        if any(isinstance(one, Learned) for one in within):
            return next(one for one in within if isinstance(one, Learned)).part()
        if self.building and args and isinstance(args[0], Constant) and args[0].dims is not None:
            given = list(args)
            found = self.tried_out(
                lambda: self.function_of_tensor(word, [self.as_inputs(given[0]), *given[1:]], node, kwargs),
                node,
            )
            if not isinstance(found, Unknown):
                return found
        if self.graph is not None:
            for one in within:
                if isinstance(one, Unknown) and one.cause is not None:
                    raise one.cause
        found = constant(word, args, kwargs)
        return self.unknown(node) if found is MISSING else found

    def _linear(self, args: list[Any], kwargs: dict[str, Any], node: ast.AST) -> Any:
        """``F.linear(x, weight, bias)`` with weights of the code's own."""
        found, weight = args[0], args[1]
        bias = args[2] if len(args) > 2 else kwargs.get("bias")
        if not isinstance(weight, Learned) or weight.dims is None or len(weight.dims) != 2:
            raise self.source.trouble(
                node, "calls F.linear with weights that are not known here", "Use nn.Linear."
            )
        turned = Learned((weight.dims[1], weight.dims[0]), weight.node, weight.whole)
        found = self.with_learned("@", found, turned, node)
        return self.with_learned("+", found, bias, node) if isinstance(bias, Learned) else found

    def _module(self, word: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call) -> Any:
        if word in CONTAINERS:
            return self.remembered(
                Container(word, self.children_from(word, [*args, *kwargs.values()], node), node), node
            )
        if word in ("ParameterList", "ParameterDict"):
            raise self.source.trouble(node, f"makes a {word}", "That is not read here.")
        if word == "Module":
            return self.remembered(Container("Sequential", {}, node), node)
        if word.endswith(("Loss", "Loss2d")) or word in ("CosineSimilarity", "PairwiseDistance"):
            return self.unknown(node)
        if word not in MODULES:
            hint = (
                nearest(word, [*MODULES, *CONTAINERS])
                .replace("Did you mean", "The nearest is")
                .replace("?", ".")
            )
            if word in _OF_KERAS:
                hint = f"In PyTorch it is nn.{_OF_KERAS[word]}."
            raise self.source.trouble(node, f"has a layer that is not read here: nn.{word}", hint)
        arguments = bound(self.source, node, word, MODULES[word], args, kwargs)
        given = Arguments(self.source, node, word, arguments)
        if word == "SyncBatchNorm" and args and is_module(args[0]):
            return args[0]
        check(given)
        if word in ("TransformerEncoder", "TransformerDecoder"):
            return self._stack(word, given, node)
        if word == "Transformer":
            return self._transformer(given, node)
        return self.remembered(Module(word, arguments, node), node)

    def _stack(self, word: str, given: Arguments, node: ast.AST) -> Container:
        """``TransformerEncoder(layer, 6)``: the layer six times, each with weights of its own."""
        layer = given["encoder_layer" if word == "TransformerEncoder" else "decoder_layer"]
        if not is_module(layer):
            raise given.trouble(f"gives {word} no layer", "Write nn.TransformerEncoderLayer(64, 8) first.")
        count = given.whole("num_layers", most=1000)
        children = {f"layers.{at}": self.copies(layer, node) for at in range(count)}
        if given["norm"] is not None:
            children["norm"] = given["norm"]
        found: Container = self.remembered(Container(word, children, node), node)
        return found

    def _transformer(self, given: Arguments, node: ast.AST) -> Container:
        children: dict[str, Any] = {}
        block = {
            name: given.values[name]
            for name in ("d_model", "nhead", "dim_feedforward", "dropout", "activation", "layer_norm_eps", "batch_first",
                         "norm_first", "bias", "device", "dtype")
        }  # fmt: skip
        norm = {
            "normalized_shape": given["d_model"],
            "eps": 1e-5,
            "elementwise_affine": True,
            "bias": given["bias"],
        }
        for part in ("encoder", "decoder"):
            kind = f"Transformer{part.capitalize()}"
            layer = Module(f"{kind}Layer", dict(block), node)
            layers = {
                f"layers.{at}": self.copies(layer, node)
                for at in range(given.whole(f"num_{part}_layers", 0, 1000))
            }
            layers["norm"] = Module("LayerNorm", dict(norm), node)
            children[part] = Container(kind, layers, node)
        found: Container = self.remembered(Container("Transformer", children, node), node)
        return found

    def method_of_constant(
        self, value: Constant, name: str, args: list[Any], kwargs: dict[str, Any], node: ast.AST
    ) -> Any:
        """A method of numbers that are not learned."""
        tensor = next((one for one in args if isinstance(one, Tensor)), None)
        if tensor is not None and name in ("mul", "add", "mul_", "add_", "sub", "div"):
            return tensor
        return constant_method(value, name, args)


def _tensor_first(args: list[Any]) -> list[Any]:
    """Arguments with the first tensor in front: ``torch.mul(2, x)``."""
    at = next(at for at, one in enumerate(args) if isinstance(one, (Tensor, States)))
    return [args[at], *args[:at], *args[at + 1 :]]
