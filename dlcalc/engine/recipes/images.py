"""Classifiers of images: the exam's CNN, the networks of the course, and three that made history, small."""

from __future__ import annotations

from dlcalc.engine.recipes.description import Goal
from dlcalc.engine.recipes.supervised import Plan, supervised_recipe

_CHAPTER = "Image classifiers"
_OWN = "On digits enlarged to the size of its input; --data trains it on its own."

_MODULE = (
    "[conv 8 1x1 relu | conv 8 1x1 relu -> conv 16 3x3 same relu | conv 4 1x1 relu -> conv 8 5x5 same relu "
    "| maxpool 3x3 stride=1 same -> conv 8 1x1 relu]"
)

RECIPES = (
    supervised_recipe(
        "mnist-cnn", "The exam's CNN for MNIST", _CHAPTER,
        "28x28x1 -> conv 32 3x3 relu -> maxpool 2 -> conv 64 3x3 relu -> maxpool 2 -> flatten "
        "-> dense 128 relu -> dropout 0.5 -> dense 10 softmax",
        Goal("test accuracy", least=0.98),
        plan=Plan(epochs=30, early_stopping=8, augmentation="rotate=10, shift=0.1"), seconds=40, note=_OWN,
    ),
    supervised_recipe(
        "lenet5", "LeNet-5", _CHAPTER, "lenet5", Goal("test accuracy", least=0.95),
        plan=Plan(epochs=20), seconds=20, note=_OWN,
    ),
    supervised_recipe(
        "slide-classifier", "The classifier of the slides", _CHAPTER, "slide-classifier",
        Goal("test accuracy", least=0.95), plan=Plan(epochs=5, early_stopping=3, slope=0.3),
        seconds=80, note=_OWN,
    ),
    supervised_recipe(
        "keras-cifar10", "The Keras model for CIFAR-10", _CHAPTER, "keras-cifar10",
        Goal("test accuracy", least=0.97), plan=Plan(epochs=6, early_stopping=3), seconds=30, note=_OWN,
    ),
    supervised_recipe(
        "small-vgg", "A small VGG", _CHAPTER,
        "16x16x1 -> conv 16 3x3 same relu -> conv 16 3x3 same relu -> maxpool 2 -> conv 32 3x3 same relu "
        "-> conv 32 3x3 same relu -> maxpool 2 -> flatten -> dense 64 relu -> dropout 0.5 -> dense 10 softmax",
        Goal("test accuracy", least=0.97), plan=Plan(epochs=20), seconds=25,
    ),
    supervised_recipe(
        "inception-net", "A network of Inception modules", _CHAPTER,
        f"16x16x1 -> conv 16 3x3 same relu -> maxpool 2 -> {_MODULE} -> {_MODULE} -> maxpool 2 -> flatten "
        "-> dropout 0.4 -> dense 10 softmax",
        Goal("test accuracy", least=0.97), plan=Plan(epochs=20), seconds=20,
    ),
)  # fmt: skip
"""The recipes of this family."""
