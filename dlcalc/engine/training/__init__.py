"""The loop: epochs, checkpoints, early stopping, history, metrics."""
