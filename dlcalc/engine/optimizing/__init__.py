"""From gradients to better weights: optimizers, schedules of the learning rate, clipping."""
