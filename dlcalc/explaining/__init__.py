"""One real training step of a tiny network, told as a worked derivation and compared with the engine's own."""
