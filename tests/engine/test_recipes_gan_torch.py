"""Adversarial training against PyTorch: the same weights, batches and noise."""

from __future__ import annotations

import numpy as np
import pytest
from gan_pairs import PAIRS, ROWS, pair_of

from dlcalc.engine.optimizing.optimizers import Adam

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")


class Twin:
    """The same pair in PyTorch, from the networks' layers, with Adam and the usual three passes."""

    def __init__(self, step):
        self.step = step
        self.parameters = {
            role: {
                name: torch.tensor(parameter.value.copy(), requires_grad=True)
                for name, parameter in model.parameters().items()
            }
            for role, model in step.models.items()
        }
        self.optimizers = {
            role: torch.optim.Adam(parameters.values(), lr=0.05)
            for role, parameters in self.parameters.items()
        }

    def run(self, role, x, labels):
        """Forward, the layers read from the names of the parameters and the small networks above."""
        weights = self.parameters[role]
        functional = torch.nn.functional
        if labels is not None:
            x = torch.cat([x, labels], dim=1)
        if role == "generator" and "2.transposed.kernel" in weights:
            x = x.reshape(-1, 3, 1, 1)
            x = functional.conv_transpose2d(
                x, weights["2.transposed.kernel"].permute(2, 3, 0, 1), weights["2.transposed.bias"]
            )
            x = functional.batch_norm(
                x, None, None, weights["3.batchnorm.gamma"], weights["3.batchnorm.beta"], True, eps=1e-3
            ).relu()
            kernel = weights["5.transposed.kernel"].permute(2, 3, 0, 1)
            x = functional.conv_transpose2d(x, kernel, weights["5.transposed.bias"], stride=2, padding=1)
            return torch.sigmoid(x)
        if "1.conv.kernel" in weights:
            x = functional.conv2d(
                x, weights["1.conv.kernel"].permute(3, 2, 0, 1), weights["1.conv.bias"], 2, 1
            )
            x = functional.leaky_relu(x, 0.2)
            x = functional.conv2d(x, weights["2.conv.kernel"].permute(3, 2, 0, 1), weights["2.conv.bias"])
            x = functional.batch_norm(
                x, None, None, weights["3.batchnorm.gamma"], weights["3.batchnorm.beta"], True, eps=1e-3
            )
            x = functional.leaky_relu(x, 0.2).flatten(1)
            return x @ weights["6.dense.kernel"] + weights["6.dense.bias"]
        first, second = sorted({name.split(".")[0] for name in weights})
        x = x @ weights[f"{first}.dense.kernel"] + weights[f"{first}.dense.bias"]
        x = torch.tanh(x) if role == "generator" else functional.leaky_relu(x, 0.2)
        x = x @ weights[f"{second}.dense.kernel"] + weights[f"{second}.dense.bias"]
        return torch.sigmoid(x) if role == "generator" else x

    def learn(self, real, labels, latent):
        """One step of both networks."""
        entropy = torch.nn.functional.binary_cross_entropy_with_logits
        real, latent = (torch.tensor(array) for array in (real, latent))
        real = real.permute(0, 3, 1, 2) if real.ndim == 4 else real
        labels = torch.tensor(labels) if self.step.conditional else None
        fake = self.run("generator", latent, labels)
        of_real = self.run("discriminator", real, labels)
        of_fake = self.run("discriminator", fake.detach(), labels)
        loss = entropy(of_real, torch.ones_like(of_real)) + entropy(of_fake, torch.zeros_like(of_fake))
        self._follow("discriminator", loss)
        of_fake = self.run("discriminator", fake, labels)
        maker = entropy(of_fake, torch.ones_like(of_fake))
        self._follow("generator", maker)
        return {"discriminator_loss": loss.item(), "generator_loss": maker.item()}

    def _follow(self, role, loss):
        self.optimizers[role].zero_grad()
        loss.backward()
        self.optimizers[role].step()


@pytest.mark.parametrize("name", PAIRS)
def test_three_steps_equal_those_of_pytorch(name):
    step, _, labels = pair_of(name, optimizer=Adam)
    twin = Twin(step)
    rng = np.random.default_rng(8)
    before = step.generator.values.copy()
    for _ in range(3):
        real = rng.random((ROWS, *step.adversary.model.input_shapes[0]))
        stream = np.random.Generator(np.random.SFC64())
        stream.bit_generator.state = step.generators["latent"].bit_generator.state
        latent = stream.standard_normal((ROWS, 3))
        wanted = twin.learn(real, labels, latent)
        found = step.step(real, labels)
        assert {key: found[key] for key in wanted} == pytest.approx(wanted, rel=1e-9)
    assert np.abs(step.generator.values - before).max() > 0.05
    for role, model in step.models.items():
        for key, parameter in model.parameters().items():
            wanted_values = twin.parameters[role][key].detach().numpy()
            # A bias in front of batch norm has gradient 0 but for rounding, which Adam makes a step of.
            if name == "convolutions" and key in ("2.transposed.bias", "2.conv.bias"):
                continue
            np.testing.assert_allclose(parameter.value, wanted_values, rtol=1e-7, atol=1e-9, err_msg=key)
