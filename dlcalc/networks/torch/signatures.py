"""The arguments of PyTorch's layers and functions, in PyTorch's order and with its defaults.

Source: the documentation of PyTorch 2; ``tests/test_torch_code.py`` compares the layers with an installed one.
"""

from __future__ import annotations

import ast
from typing import Any

from dlcalc.networks.code.source import Source
from dlcalc.notation.errors import nearest

_MADE = "device=None dtype=None"
_WINDOW = "kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True padding_mode=zeros"
_SPREAD = "kernel_size stride=1 padding=0 output_padding=0 groups=1 bias=True dilation=1 padding_mode=zeros"
_NORM = "eps=1e-05 momentum=0.1 affine=True track_running_stats=True"
_INSTANCE = "eps=1e-05 momentum=0.1 affine=False track_running_stats=False"
_MAX = "kernel_size stride=None padding=0 dilation=1 return_indices=False ceil_mode=False"
_MEAN = "kernel_size stride=None padding=0 ceil_mode=False count_include_pad=True"
_STATES = "input_size hidden_size num_layers=1 {}bias=True batch_first=False dropout=0.0 bidirectional=False {}device=None dtype=None"
_BLOCK = (
    "d_model nhead dim_feedforward=2048 dropout=0.1 activation=relu layer_norm_eps=1e-05 batch_first=False "
    "norm_first=False bias=True device=None dtype=None"
)

_FOR_ALL_SIDES = {
    "Conv": f"in_channels out_channels {_WINDOW} {_MADE}",
    "LazyConv": f"out_channels {_WINDOW} {_MADE}",
    "ConvTranspose": f"in_channels out_channels {_SPREAD} {_MADE}",
    "LazyConvTranspose": f"out_channels {_SPREAD} {_MADE}",
    "MaxPool": _MAX,
    "AvgPool": _MEAN,
    "AdaptiveAvgPool": "output_size",
    "AdaptiveMaxPool": "output_size return_indices=False",
    "BatchNorm": f"num_features {_NORM} {_MADE} * bias=True",
    "LazyBatchNorm": f"{_NORM} {_MADE} * bias=True",
    "InstanceNorm": f"num_features {_INSTANCE} {_MADE} * bias=True",
    "LazyInstanceNorm": f"{_NORM} {_MADE} * bias=True",
    "Dropout": "p=0.5 inplace=False",
    "ZeroPad": "padding",
    "ReflectionPad": "padding",
    "ReplicationPad": "padding",
    "CircularPad": "padding",
    "ConstantPad": "padding value",
}
"""Layers that exist as 1d, 2d and 3d."""

MODULES: dict[str, str] = {
    **{f"{name}{sides}d": text for name, text in _FOR_ALL_SIDES.items() for sides in (1, 2, 3)},
    "AvgPool2d": f"{_MEAN} divisor_override=None",
    "AvgPool3d": f"{_MEAN} divisor_override=None",
    "SyncBatchNorm": f"num_features {_NORM} process_group=None {_MADE} * bias=True",
    "Linear": f"in_features out_features bias=True {_MADE}",
    "LazyLinear": f"out_features bias=True {_MADE}",
    "LayerNorm": f"normalized_shape eps=1e-05 elementwise_affine=True bias=True {_MADE}",
    "RMSNorm": f"normalized_shape eps=None elementwise_affine=True {_MADE}",
    "GroupNorm": f"num_groups num_channels eps=1e-05 affine=True {_MADE} * bias=True",
    "LocalResponseNorm": "size alpha=0.0001 beta=0.75 k=1.0",
    "CrossMapLRN2d": "size alpha=0.0001 beta=0.75 k=1",
    "Dropout": "p=0.5 inplace=False",
    "AlphaDropout": "p=0.5 inplace=False",
    "FeatureAlphaDropout": "p=0.5 inplace=False",
    "Flatten": "start_dim=1 end_dim=-1",
    "Unflatten": "dim unflattened_size",
    "Embedding": "num_embeddings embedding_dim padding_idx=None max_norm=None norm_type=2.0 scale_grad_by_freq=False "
    f"sparse=False _weight=None _freeze=False {_MADE}",
    "RNN": _STATES.format("nonlinearity=tanh ", ""),
    "LSTM": _STATES.format("", "proj_size=0 "),
    "GRU": _STATES.format("", ""),
    "LSTMCell": f"input_size hidden_size bias=True {_MADE}",
    "GRUCell": f"input_size hidden_size bias=True {_MADE}",
    "RNNCell": f"input_size hidden_size bias=True nonlinearity=tanh {_MADE}",
    "MultiheadAttention": "embed_dim num_heads dropout=0.0 bias=True add_bias_kv=False add_zero_attn=False kdim=None "
    f"vdim=None batch_first=False {_MADE}",
    "TransformerEncoderLayer": _BLOCK,
    "TransformerDecoderLayer": _BLOCK,
    "TransformerEncoder": "encoder_layer num_layers norm=None enable_nested_tensor=True mask_check=True",
    "TransformerDecoder": "decoder_layer num_layers norm=None",
    "Transformer": "d_model=512 nhead=8 num_encoder_layers=6 num_decoder_layers=6 dim_feedforward=2048 dropout=0.1 "
    "activation=relu custom_encoder=None custom_decoder=None layer_norm_eps=1e-05 batch_first=False norm_first=False "
    f"bias=True {_MADE}",
    "Upsample": "size=None scale_factor=None mode=nearest align_corners=None recompute_scale_factor=None",
    "UpsamplingNearest2d": "size=None scale_factor=None",
    "UpsamplingBilinear2d": "size=None scale_factor=None",
    "PixelShuffle": "upscale_factor",
    "PixelUnshuffle": "downscale_factor",
    "ChannelShuffle": "groups",
    "Identity": "*args **kwargs",
    "PReLU": f"num_parameters=1 init=0.25 {_MADE}",
    "GLU": "dim=-1",
    **dict.fromkeys(("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid"), "inplace=False"),
    **dict.fromkeys(
        ("Sigmoid", "Tanh", "Softsign", "LogSigmoid", "Tanhshrink", "Softmax2d"), "*args **kwargs"
    ),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Softmin"), "dim=None"),
    "LeakyReLU": "negative_slope=0.01 inplace=False",
    "ELU": "alpha=1.0 inplace=False",
    "CELU": "alpha=1.0 inplace=False",
    "RReLU": "lower=0.125 upper=0.3333333333333333 inplace=False",
    "GELU": "approximate=none",
    "Softplus": "beta=1.0 threshold=20.0",
    "Softshrink": "lambd=0.5",
    "Hardshrink": "lambd=0.5",
    "Hardtanh": "min_val=-1.0 max_val=1.0 inplace=False min_value=None max_value=None",
    "Threshold": "threshold value inplace=False",
}
"""The layers of torch.nn by name; containers are read elsewhere."""

_POOLED = "input kernel_size stride=None padding=0 dilation=1 ceil_mode=False return_indices=False"
_SQUASHED = "input dim=None _stacklevel=3 dtype=None"

FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), _POOLED),
    "avg_pool1d": f"input {_MEAN}",
    "avg_pool2d": f"input {_MEAN} divisor_override=None",
    "avg_pool3d": f"input {_MEAN} divisor_override=None",
    **dict.fromkeys(
        (f"adaptive_{kind}_pool{sides}d" for kind in ("avg", "max") for sides in (1, 2, 3)),
        "input output_size return_indices=False",
    ),
    **dict.fromkeys(
        ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"),
        "input p=0.5 training=True inplace=False",
    ),
    **dict.fromkeys(("softmax", "log_softmax", "softmin"), _SQUASHED),
    "glu": "input dim=-1",
    "gelu": "input approximate=none",
    "softplus": "input beta=1 threshold=20",
    "leaky_relu": "input negative_slope=0.01 inplace=False",
    "rrelu": "input lower=0.125 upper=0.3333333333333333 training=False inplace=False",
    "elu": "input alpha=1.0 inplace=False",
    "celu": "input alpha=1.0 inplace=False",
    "hardtanh": "input min_val=-1.0 max_val=1.0 inplace=False",
    "threshold": "input threshold value inplace=False",
    "softshrink": "input lambd=0.5",
    "hardshrink": "input lambd=0.5",
    **dict.fromkeys(
        ("relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid"), "input inplace=False"
    ),
    **dict.fromkeys(("sigmoid", "tanh", "softsign", "logsigmoid", "tanhshrink"), "input"),
    "interpolate": "input size=None scale_factor=None mode=nearest align_corners=None recompute_scale_factor=None "
    "antialias=False",
    "upsample": "input size=None scale_factor=None mode=nearest align_corners=None",
    "pad": "input pad mode=constant value=None",
    "normalize": "input p=2.0 dim=1 eps=1e-12 out=None",
    "local_response_norm": "input size alpha=0.0001 beta=0.75 k=1.0",
    "pixel_shuffle": "input upscale_factor",
    "pixel_unshuffle": "input downscale_factor",
    "channel_shuffle": "input groups",
    "layer_norm": "input normalized_shape weight=None bias=None eps=1e-05",
    "linear": "input weight bias=None",
    "scaled_dot_product_attention": "query key value attn_mask=None dropout_p=0.0 is_causal=False scale=None "
    "enable_gqa=False",
    # of torch itself, and the same as methods of a tensor
    "flatten": "input start_dim=0 end_dim=-1",
    "unflatten": "input dim sizes",
    "squeeze": "input dim=None",
    "unsqueeze": "input dim",
    "transpose": "input dim0 dim1",
    "permute": "input dims",
    "movedim": "input source destination",
    "cat": "tensors dim=0",
    "stack": "tensors dim=0",
    "chunk": "input chunks dim=0",
    "split": "tensor split_size_or_sections dim=0",
    "mean": "input dim=None keepdim=False dtype=None",
    "sum": "input dim=None keepdim=False dtype=None",
    "max": "input dim=None keepdim=False",
    "min": "input dim=None keepdim=False",
    "amax": "input dim=None keepdim=False",
    "amin": "input dim=None keepdim=False",
    "norm": "input p=2 dim=None keepdim=False dtype=None",
    "var": "input dim=None unbiased=True keepdim=False",
    "std": "input dim=None unbiased=True keepdim=False",
    "argmax": "input dim=None keepdim=False",
    "argmin": "input dim=None keepdim=False",
    "add": "input other alpha=1",
    "sub": "input other alpha=1",
    "mul": "input other",
    "div": "input other rounding_mode=None",
    "matmul": "input other",
    "reshape": "input shape",
    "narrow": "input dim start length",
    "select": "input dim index",
    "size": "input dim=None",
    "expand_as": "input other",
    "view_as": "input other",
}
"""Functions of torch and torch.nn.functional whose arguments matter, and methods of tensors."""


def bound(
    source: Source, node: ast.AST, name: str, text: str, args: list[Any], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The arguments of a call by name, defaults included.

    ``name`` is what is called, ``text`` its arguments as in ``MODULES``. Raises ``InputError`` at the line for an
    argument that is unknown, missing, given twice or one too many.
    """
    if text.startswith("*args"):
        return {}
    found: dict[str, Any] = {}
    needed: list[str] = []
    names: list[str] = []
    in_order = 0
    for part in text.split():
        if part == "*":
            in_order = len(names)
            continue
        word, sign, default = part.partition("=")
        names.append(word)
        if sign:
            found[word] = _default(default)
        else:
            needed.append(word)
    in_order = in_order or len(names)
    shown = [one for one in names if one not in ("device", "dtype") and not one.startswith("_")]
    if len(args) > in_order:
        raise source.trouble(
            node, f"gives {name} {len(args)} arguments, and it takes {in_order}", f"It takes {', '.join(shown)}."
        )  # fmt: skip
    given = dict(zip(names, args, strict=False))
    for word, value in kwargs.items():
        if word not in names:
            hint = nearest(word, shown).replace("Did you mean", "The nearest is").replace("?", ".")
            raise source.trouble(
                node, f"gives {name} an argument it does not take: {word}", f"{hint} It takes {', '.join(shown)}.".strip()
            )  # fmt: skip
        if word in given:
            raise source.trouble(node, f"gives {name} its {word} twice", "Write it once.")
        given[word] = value
    for word in needed:
        if word not in given:
            raise source.trouble(node, f"does not say the {word} of {name}", f"It takes {', '.join(shown)}.")
    return found | given


_WORDS = {"None": None, "True": True, "False": False}


def _default(text: str) -> Any:
    """A default as it stands in the tables."""
    if text in _WORDS:
        return _WORDS[text]
    if text.lstrip("-").isdigit():
        return int(text)
    return float(text) if text.lstrip("-")[0].isdigit() else text
