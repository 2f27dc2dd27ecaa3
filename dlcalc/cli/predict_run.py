"""A trained network read back from the folder of its run; nothing in the folder is believed unchecked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from dlcalc.engine.building.build import build, final_activation
from dlcalc.engine.data.parts import Standardizer
from dlcalc.engine.layer import Array
from dlcalc.engine.models.model import Model
from dlcalc.engine.training.checkpoints import Checkpoint
from dlcalc.engine.training.fitting import predict
from dlcalc.engine.training.folder import load_run, read_run
from dlcalc.networks.kinds.embedding import Embedding
from dlcalc.networks.network import Network
from dlcalc.networks.spec import read_network
from dlcalc.notation.errors import InputError, nearest

GENERATORS = ("generator", "decoder")
"""Roles of networks that make something of noise."""

_BATCH = 16
_ENDS = ("softmax", "sigmoid", "")


class Trained(NamedTuple):
    """A network as training left it.

    ``end`` makes probabilities of what the model gives, where its line does not; ``classes`` names them and
    is empty where it does not tell classes apart.
    """

    recipe: str
    role: str
    line: str
    model: Model
    end: str
    classes: tuple[str, ...]
    standardizer: Standardizer | None
    data: str

    @property
    def generates(self) -> bool:
        """Whether it takes noise."""
        return self.role in GENERATORS

    @property
    def reads_text(self) -> bool:
        """Whether it takes codes of characters."""
        return any(layer.reads_integers for layer in self.model.layers)

    def of(self, *inputs: Array) -> Array:
        """What it gives for inputs of its shapes; the first output of several."""
        if len(inputs) == 1:
            return predict(self.model, inputs[0], activation=self.end, standardizer=self.standardizer)
        import numpy as np

        size = self.model.batch
        starts = range(0, len(inputs[0]), size)
        return np.concatenate(
            [self.model.forward(*(one[start : start + size] for one in inputs)).copy() for start in starts]
        )


def read_trained(folder: str, wanted: str | None) -> Trained:
    """The network of a run; ``wanted`` names one of several.

    Raises ``InputError`` for a folder that holds no run, a damaged one, and unknown roles.
    """
    place = Path(folder)
    if not place.exists():
        raise InputError(f"there is no run in {folder}", "dlcalc train keeps its runs in runs/.")
    try:
        run = read_run(place)
        settings: dict[str, Any] = run.facts["settings"]
        networks = _networks(settings, place)
        role = _role(networks, wanted)
        network = read_network(networks[role])
        model = _model(settings, networks[role])
        kept = _kept_name(run, role, len(networks))
        load_run(run, {kept: model})
        end = settings.get("end", "")
        classes, scale = settings.get("classes") if end else [], settings.get("standardizer")
        if (
            end not in _ENDS
            or not isinstance(classes, list)
            or not all(isinstance(one, str) for one in classes)
        ):
            raise ValueError(f"{place}: its settings are damaged.")
        if classes and _outputs(network) not in (len(classes), 1):
            raise ValueError(
                f"{place}: has {len(classes)} classes for {_outputs(network)} outputs: it is damaged."
            )
        standardizer = scale and _standardizer(scale)
    except (ValueError, TypeError, KeyError) as trouble:
        raise InputError(str(trouble), "Train it anew in another folder.") from None
    return Trained(
        str(settings.get("recipe", "")), role, networks[role], model, "" if final_activation(network) else end, tuple(classes), standardizer,
        str(settings.get("data", "")),
    )  # fmt: skip


def _standardizer(kept: dict[str, Any]) -> Standardizer:
    import numpy as np

    return Standardizer(**{name: np.array(kept[name], float) for name in ("mean", "deviation")})


def _outputs(network: Network) -> int:
    return network.sizes[network.outputs[0]][-1] or 0


def _networks(settings: dict[str, Any], place: Path) -> dict[str, str]:
    networks = settings.get("networks")
    if (
        not isinstance(networks, dict)
        or not networks
        or not all(isinstance(line, str) for line in networks.values())
    ):
        raise InputError(f"{place}: does not say which network it is", "It was not made by dlcalc train.")
    return networks


def _role(networks: dict[str, str], wanted: str | None) -> str:
    """The network asked for; of several the generator, or the first."""
    if wanted is None:
        return next((role for role in networks if role in GENERATORS), next(iter(networks)))
    if wanted not in networks:
        hint = nearest(wanted, networks) or f"There are {', '.join(networks)}."
        raise InputError(f"the run has no network {wanted[:40]}", hint, where="--network:")
    return wanted


def _kept_name(run: Checkpoint, role: str, networks: int) -> str:
    """The name the weights go by: the role, or that of the only model there is."""
    names = {
        name.split("/")[1] for name in run.arrays if name.startswith("weights/") and name.count("/") >= 2
    }
    return next(iter(names)) if role not in names and len(names) == networks == 1 else role


def _model(settings: dict[str, Any], line: str) -> Model:
    """The model with the weights it would start with."""
    slope = settings.get("slope", 0.01)
    if not isinstance(slope, (int, float)):
        raise ValueError("the slope of leaky ReLUs is not a number: its settings are damaged.")
    network = read_network(line)
    # What goes on with a text draws from logits.
    logits = isinstance(network.layers[0], Embedding)
    return build(network, batch=_BATCH, slope=float(slope), logits=logits)
