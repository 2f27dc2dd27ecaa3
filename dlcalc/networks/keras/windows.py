"""Keras' layers with windows: convolutions, poolings, padding, cropping, enlarging."""

from __future__ import annotations

from collections.abc import Callable

from dlcalc.methods.windows import Padding
from dlcalc.networks.keras.arguments import Arguments
from dlcalc.networks.kinds.layers import Layer
from dlcalc.networks.kinds.pooling import AdaptivePool, GlobalPool, Pool
from dlcalc.networks.kinds.resizing import Crop, Resize, Upsample, ZeroPad
from dlcalc.networks.kinds.separable import Depthwise, Separable
from dlcalc.networks.kinds.windows import Conv, Transposed

Steps = tuple[int, ...]


def _window(given: Arguments, sides: int) -> tuple[Steps, Steps, Padding | None, Steps]:
    """Kernel, stride, padding and dilation of a convolution."""
    given.channels_last()
    kernel = given.steps("kernel_size", sides)
    stride = given.steps("strides", sides, 1)
    dilation = given.steps("dilation_rate", sides, 1)
    if max(stride) > 1 and max(dilation) > 1:
        raise given.trouble(
            "dilation_rate", f"gives {given.what} strides and a dilation_rate, both above 1",
            "Keras takes one of them: leave the other at 1.",
        )  # fmt: skip
    return kernel, stride, _padding(given, sides, kernel, dilation), dilation


def _padding(given: Arguments, sides: int, kernel: Steps, dilation: Steps) -> Padding | None:
    allowed = ("valid", "same", "causal") if sides == 1 and given.what == "Conv1D" else ("valid", "same")
    word = given.words("padding", "valid", allowed)
    if word == "causal":
        return (dilation[0] * (kernel[0] - 1), 0)
    return "same" if word == "same" else None


def conv(given: Arguments, sides: int) -> Layer:
    """Conv1D, Conv2D, Conv3D."""
    filters = given.whole("filters")
    kernel, stride, padding, dilation = _window(given, sides)
    groups = given.whole_or("groups", 1)
    return Conv(
        filters, kernel, stride, padding, dilation, groups, given.flag("use_bias", True),
        activation=given.activation(),
    )  # fmt: skip


def transposed(given: Arguments, sides: int) -> Layer:
    """Conv1DTranspose, Conv2DTranspose, Conv3DTranspose."""
    filters = given.whole("filters")
    kernel, stride, padding, dilation = _window(given, sides)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    more: Steps
    if given.has("output_padding"):
        value = given.value("output_padding")
        more = (
            given.pairs("output_padding", sides, 0)[::2] if not isinstance(value, int) else (value,) * sides
        )
        if padding == "same":
            padding = tuple(size // 2 for size in reach)
    elif padding == "same":
        more = (0,) * sides
    else:
        # Keras leaves no gap behind a window smaller than its stride: the output is n s + max(k - s, 0).
        more = tuple(max(s - size, 0) for s, size in zip(stride, reach, strict=True))
    if len(set(more)) > 1:
        raise given.trouble(
            "strides",
            "leaves gaps of unlike width between the windows, which is not read",
            "Take a square kernel.",
        )
    return Transposed(
        filters,
        kernel,
        stride,
        padding,
        dilation,
        1,
        given.flag("use_bias", True),
        more[0],
        given.activation(),
    )


def depthwise(given: Arguments, sides: int) -> Layer:
    """DepthwiseConv1D, DepthwiseConv2D."""
    kernel, stride, padding, dilation = _window(given, sides)
    multiplier = given.whole_or("depth_multiplier", 1)
    return Depthwise(
        kernel, stride, padding, dilation, multiplier, given.flag("use_bias", True), given.activation()
    )


def separable(given: Arguments, sides: int) -> Layer:
    """SeparableConv1D, SeparableConv2D."""
    filters = given.whole("filters")
    kernel, stride, padding, dilation = _window(given, sides)
    multiplier = given.whole_or("depth_multiplier", 1)
    return Separable(
        filters,
        kernel,
        stride,
        padding,
        dilation,
        multiplier,
        given.flag("use_bias", True),
        given.activation(),
    )


def _pool(operation: str) -> Callable[[Arguments, int], Layer]:
    def made(given: Arguments, sides: int) -> Layer:
        given.channels_last()
        window = given.steps("pool_size", sides, 2)
        stride = given.steps("strides", sides) if given.has("strides") else window
        padding = "same" if given.words("padding", "valid", ("valid", "same")) == "same" else None
        return Pool(operation, window, stride, padding)

    return made


def _global_pool(operation: str) -> Callable[[Arguments, int], Layer]:
    def made(given: Arguments, sides: int) -> Layer:
        given.channels_last()
        return AdaptivePool(operation, (1,)) if given.flag("keepdims", False) else GlobalPool(operation)

    return made


def _adaptive_pool(operation: str) -> Callable[[Arguments, int], Layer]:
    def made(given: Arguments, sides: int) -> Layer:
        given.channels_last()
        return AdaptivePool(operation, given.steps("output_size", sides))

    return made


def upsampling(given: Arguments, sides: int) -> Layer:
    """UpSampling1D, UpSampling2D, UpSampling3D."""
    given.channels_last()
    mode = given.words(
        "interpolation", "nearest", ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area")
    )
    return Upsample(given.steps("size", sides, 2), mode)


def zero_padding(given: Arguments, sides: int) -> Layer:
    """ZeroPadding1D, ZeroPadding2D, ZeroPadding3D."""
    given.channels_last()
    return ZeroPad(given.pairs("padding", sides, 1))


def cropping(given: Arguments, sides: int) -> Layer:
    """Cropping1D, Cropping2D, Cropping3D."""
    given.channels_last()
    return Crop(given.pairs("cropping", sides, 0 if sides == 2 else 1))


def resizing(given: Arguments) -> Layer:
    """Resizing: to a height and width."""
    given.channels_last()
    mode = given.words(
        "interpolation", "bilinear", ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area")
    )
    return Resize((given.whole("height"), given.whole("width")), mode)


BY_SIDES: dict[str, Callable[[Arguments, int], Layer]] = {
    "Conv": conv, "SeparableConv": separable, "DepthwiseConv": depthwise,
    "MaxPooling": _pool("max"), "AveragePooling": _pool("average"),
    "GlobalMaxPooling": _global_pool("max"), "GlobalAveragePooling": _global_pool("average"),
    "AdaptiveMaxPooling": _adaptive_pool("max"), "AdaptiveAveragePooling": _adaptive_pool("average"),
    "UpSampling": upsampling, "ZeroPadding": zero_padding, "Cropping": cropping,
}  # fmt: skip
"""Makers of the layers that exist for one, two and three sides: Conv1D, Conv2D, Conv3D."""
