"""The networks of the engine's benchmark in PyTorch, in its eager mode, written as its tutorials write them."""

from __future__ import annotations

import numpy as np
import torch
from engine_nets import GAN_RATE, NETS, ROWS, XOR_RATE, Batch, ExclusiveOr, Ours
from torch import nn
from torch.nn import functional as F  # noqa: N812  (its usual name)

from dlcalc.engine.layer import Array

KERAS_EPSILON = 1e-3
FLATTENED = {("6.dense.kernel", 1600): (5, 5, 64), ("9.dense.kernel", 1024): (4, 4, 64)}
"""The images in front of the flattening, for the kernels behind it (of N2 and N3) and their rows."""


class Dropout(nn.Module):
    """PyTorch's, or with a mask that is given."""

    keep: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, 0.5, self.training) if self.keep is None else x * self.keep * 2


class LastState(nn.Module):
    """The last state of a recurrent layer; of both directions side by side."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, states = self.layer(x)
        hidden = states[0] if isinstance(states, tuple) else states
        return hidden[0] if len(hidden) == 1 else torch.cat((hidden[0], hidden[1]), 1)


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.mean, self.log_variance = (
            nn.Linear(784, 400),
            nn.Linear(400, 20),
            nn.Linear(400, 20),
        )
        self.decoder, self.rebuilt = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: torch.Tensor, noise: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
        hidden = F.relu(self.encoder(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        spread = torch.exp(0.5 * log_variance)
        code = mean + spread * (torch.randn_like(spread) if noise is None else noise)
        return self.rebuilt(F.relu(self.decoder(code))), mean, log_variance


def classifier(name: str) -> nn.Module:
    last = {"N4-LSTM": nn.LSTM, "N4-GRU": nn.GRU, "N4-BiLSTM": nn.LSTM}
    if name in last:
        both = name == "N4-BiLSTM"
        layer = last[name](28, 128, batch_first=True, bidirectional=both)
        return nn.Sequential(LastState(layer), nn.Linear(256 if both else 128, 10))
    if name == "N1":
        return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    if name == "N2":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), Dropout(), nn.Linear(128, 10),
        )  # fmt: skip
    return nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.BatchNorm2d(32, KERAS_EPSILON), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.BatchNorm2d(64, KERAS_EPSILON), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


class Theirs:
    """The twin of :class:`Ours`, with its weights. Batches are turned into tensors before any step."""

    def __init__(self, ours: Ours, **models: nn.Module) -> None:
        self.models = models
        self.seen: dict[str, Array] | None = None
        self._names: dict[str, list[str]] = {}
        for name, model in models.items():
            parameters = ours.models[name].parameters()
            self._names[name] = list(parameters)
            with torch.no_grad():
                for (key, one), other in zip(parameters.items(), model.parameters(), strict=True):
                    other.copy_(torch.from_numpy(as_theirs(key, one.value)))

    def watch(self, name: str) -> None:
        """Called when the gradients of a model are ready."""
        if self.seen is not None:
            for key, parameter in zip(self._names[name], self.models[name].parameters(), strict=True):
                assert parameter.grad is not None
                self.seen[f"{name} {key}"] = parameter.grad.numpy().copy()

    def step(self, batch: Batch) -> list[torch.Tensor]:
        """One whole step on a batch of tensors; the losses."""
        raise NotImplementedError


class Classifier(Theirs):
    def __init__(self, ours: Ours, model: nn.Module) -> None:
        super().__init__(ours, model=model)
        self._model, self._optimizer = model, torch.optim.Adam(model.parameters())
        self._dropout = next((layer for layer in model.modules() if isinstance(layer, Dropout)), None)

    def step(self, batch: Batch) -> list[torch.Tensor]:
        if self._dropout:
            self._dropout.keep = batch.chance
        self._optimizer.zero_grad()
        loss = F.cross_entropy(self._model(batch.inputs), batch.targets)
        loss.backward()
        self.watch("model")
        self._optimizer.step()
        return [loss]


class VariationalAutoencoder(Theirs):
    def __init__(self, ours: Ours) -> None:
        self._model = Autoencoder()
        super().__init__(ours, model=self._model)
        self._optimizer = torch.optim.Adam(self._model.parameters())

    def step(self, batch: Batch) -> list[torch.Tensor]:
        self._optimizer.zero_grad()
        rebuilt, mean, log_variance = self._model(batch.inputs, batch.chance)
        apart = F.binary_cross_entropy_with_logits(rebuilt, batch.inputs, reduction="sum")
        divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        loss = (apart + divergence) / len(batch.inputs)
        loss.backward()
        self.watch("model")
        self._optimizer.step()
        return [loss]


class Adversarial(Theirs):
    """As the DCGAN tutorial does it; with ``saving`` as the engine does it.

    Saving is: one pass of real and fake examples together, and no gradients of the discriminator's weights in
    the generator's step.
    """

    def __init__(self, ours: Ours, *, saving: bool) -> None:
        self._generator = nn.Sequential(nn.Linear(64, 128), nn.LeakyReLU(0.2), nn.Linear(128, 784), nn.Tanh())
        self._discriminator = nn.Sequential(nn.Linear(784, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1))
        super().__init__(ours, generator=self._generator, discriminator=self._discriminator)
        self._optimizers = [
            torch.optim.Adam(model.parameters(), GAN_RATE["rate"], (GAN_RATE["beta_1"], 0.999))
            for model in self.models.values()
        ]
        self._ones, self._zeros = torch.ones(ROWS, 1), torch.zeros(ROWS, 1)
        self._saving = saving

    def step(self, batch: Batch) -> list[torch.Tensor]:
        cross_entropy = F.binary_cross_entropy_with_logits
        noise = torch.randn(ROWS, 64) if batch.chance is None else batch.chance
        self._optimizers[1].zero_grad()
        fake = self._generator(noise)
        if self._saving:
            logits = self._discriminator(torch.cat((batch.inputs, fake.detach())))
            judged = cross_entropy(logits[:ROWS], self._ones) + cross_entropy(logits[ROWS:], self._zeros)
            judged.backward()
        else:
            on_real = cross_entropy(self._discriminator(batch.inputs), self._ones)
            on_real.backward()
            on_fake = cross_entropy(self._discriminator(fake.detach()), self._zeros)
            on_fake.backward()
            judged = on_real.detach() + on_fake.detach()
        self.watch("discriminator")
        self._optimizers[1].step()

        self._optimizers[0].zero_grad()
        self._discriminator.requires_grad_(not self._saving)
        taught = cross_entropy(self._discriminator(fake), self._ones)
        taught.backward()
        self._discriminator.requires_grad_(True)
        self.watch("generator")
        self._optimizers[0].step()
        return [judged, taught]


class ExclusiveOrTwin(Theirs):
    def __init__(self, ours: Ours) -> None:
        self._model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
        super().__init__(ours, model=self._model)
        self._optimizer = torch.optim.SGD(self._model.parameters(), XOR_RATE)
        self._inputs, self._targets = (
            torch.from_numpy(each) for each in (ExclusiveOr.inputs, ExclusiveOr.targets)
        )

    def step(self, batch: Batch) -> list[torch.Tensor]:
        self._optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(self._model(self._inputs), self._targets)
        loss.backward()
        self.watch("model")
        self._optimizer.step()
        return [loss]


def twin(name: str, ours: Ours) -> Theirs:
    """The network of this name in PyTorch, with the same weights."""
    if name == "N5":
        return VariationalAutoencoder(ours)
    if name.startswith("N6"):
        return Adversarial(ours, saving=name == "N6-same")
    return ExclusiveOrTwin(ours) if name == "N7" else Classifier(ours, classifier(name))


def tensors(name: str, batch: Batch) -> Batch:
    """A batch as tensors, images with the channels first as PyTorch has them."""
    inputs = batch.inputs.transpose(0, 3, 1, 2) if len(NETS[name].shape) == 3 else batch.inputs
    chance = None if batch.chance is None else torch.from_numpy(batch.chance)
    return Batch(torch.from_numpy(np.ascontiguousarray(inputs)), torch.from_numpy(batch.targets), chance)


def as_theirs(key: str, array: Array) -> Array:
    """A parameter of this name, or its gradient, as PyTorch lays it out."""
    image = FLATTENED.get((key.rpartition(" ")[2], len(array)))
    if image:
        array = array.reshape(*image, -1).transpose(3, 2, 0, 1).reshape(array.shape[1], -1)
    elif array.ndim == 4:
        array = array.transpose(3, 2, 0, 1)
    elif array.ndim == 2:
        array = array.T
    return np.ascontiguousarray(array)
