"""Convolution and pooling."""

ORDER = 4
