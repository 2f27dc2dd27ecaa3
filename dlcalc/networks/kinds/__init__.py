"""The kinds of layers: sizes, parameters, multiplications of each."""
