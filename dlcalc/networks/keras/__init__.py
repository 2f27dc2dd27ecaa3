"""Networks of Keras code."""
