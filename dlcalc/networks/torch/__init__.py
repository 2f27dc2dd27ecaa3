"""Networks of PyTorch code."""
