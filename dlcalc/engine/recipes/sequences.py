"""Recurrent networks: digits read row by row, a memory that must last, and the next value of a wave."""

from __future__ import annotations

from dlcalc.engine.recipes.description import Goal
from dlcalc.engine.recipes.sequences_memory import LONG_MEMORY
from dlcalc.engine.recipes.sequences_sine import SINE
from dlcalc.engine.recipes.supervised import Plan, supervised_recipe

_CHAPTER = "Sequences"

_PLAN = Plan(epochs=60, batch_size=32, rate=3e-3, early_stopping=12, clip=1.0)
_NOTE = "Reads a digit from top to bottom, one row of 8 pixels at each step."

RECIPES = (
    supervised_recipe(
        "rnn", "A plain recurrent network on rows of digits", _CHAPTER, "8x8 -> rnn 64 -> dense 10 softmax",
        Goal("test accuracy", least=0.93), data="digit-rows", plan=_PLAN, seconds=2, note=_NOTE,
    ),
    supervised_recipe(
        "lstm", "An LSTM on rows of digits", _CHAPTER, "8x8 -> lstm 64 -> dense 10 softmax",
        Goal("test accuracy", least=0.95), data="digit-rows", plan=_PLAN, seconds=4, note=_NOTE,
    ),
    supervised_recipe(
        "gru", "A GRU on rows of digits", _CHAPTER, "8x8 -> gru 64 -> dense 10 softmax",
        Goal("test accuracy", least=0.95), data="digit-rows", plan=_PLAN, seconds=4, note=_NOTE,
    ),
    supervised_recipe(
        "birnn", "A bidirectional plain network on rows of digits", _CHAPTER, "8x8 -> birnn 64 -> dense 10 softmax",
        Goal("test accuracy", least=0.93), data="digit-rows", plan=_PLAN, seconds=3, note=_NOTE,
    ),
    supervised_recipe(
        "bilstm", "A bidirectional LSTM on rows of digits", _CHAPTER, "8x8 -> bilstm 64 -> dense 10 softmax",
        Goal("test accuracy", least=0.95), data="digit-rows", plan=_PLAN, seconds=8, note=_NOTE,
    ),
    LONG_MEMORY,
    SINE,
)  # fmt: skip
"""The recipes of this family."""
