"""Which way a convolution is computed, by its sizes alone: the same sizes always give the same numbers."""

from __future__ import annotations

from collections.abc import Sequence

from dlcalc.engine.layer import Setting
from dlcalc.engine.layers.columns import Region, Window, whole_region
from dlcalc.engine.layers.convolution_columns import Columns
from dlcalc.engine.layers.convolution_depthwise import Depthwise
from dlcalc.engine.layers.convolution_way import ConvolutionWay, Pointwise
from dlcalc.engine.layers.winograd import Winograd


def choose_way(
    window: Window,
    kernel_shape: tuple[int, ...],
    groups: int,
    setting: Setting,
    regions: Sequence[Region] | None = None,
) -> ConvolutionWay:
    """The fastest way for these sizes; ``regions`` ask for some output positions, in this order."""
    if (
        not regions
        and groups == 1
        and window.plain
        and all(axis.kernel == axis.stride == 1 for axis in window)
    ):
        return Pointwise(setting.batch, kernel_shape, setting)
    if not regions and groups == kernel_shape[3] > 1 and kernel_shape[2] == 1:
        return Depthwise(window, kernel_shape, setting)
    asked = regions or (whole_region(window),)
    if groups == 1 and Winograd.pays(window, kernel_shape):
        return Winograd(window, kernel_shape, setting, asked)
    return Columns(window, kernel_shape, groups, setting, asked)
