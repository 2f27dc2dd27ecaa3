"""One printer per format: a formula tree in, its notation out."""
