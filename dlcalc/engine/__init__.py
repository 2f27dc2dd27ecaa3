"""The training engine: layers with their derivatives, losses, optimizers, data and training, in NumPy alone."""
