"""One file per topic, in chapters."""
