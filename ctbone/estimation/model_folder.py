"""A trained head on disk.

Its folder holds these files:

* ``model.json``: all that is needed to build and use the head, how it validated, how it is
  calibrated and what it was trained on, with a digest of itself and of every file but the card;
* ``weights-<digest>.safetensors``: one, or one a member of an ensemble, named by the first digits
  of its SHA-256 and checked against all of it. Nothing is unpickled;
* ``config.yaml``: the resolved configuration of its training, where one is given;
* ``correction.yaml``: the correction of attenuation that it was trained with, if any; whoever
  measures with the head applies it first, and keeps to the other conditions in ``model.json``;
* ``README.md``: its card.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctbone.devices import Runtime
from ctbone.errors import WeightsMismatch
from ctbone.estimation.conditions import Conditions
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.estimation.model_card import model_card
from ctbone.estimation.network import NetworkEstimator
from ctbone.estimation.trained_head import TrainedHead
from ctbone.interchange.model_record import (
    SCHEMA,
    joint_digest,
    listed_weights,
    read_model_record,
    require_unaltered,
    sealed,
)
from ctbone.mappings import Record, to_record
from ctbone.patches import InputConfig, PatchGrid
from ctbone.runs import file_digest, to_plain

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ctbone.networks import HeadConfig

_DIGITS = 12

#: The file of a model's correction.
CORRECTION = "correction.yaml"

#: The file of the configuration that a model was trained with.
CONFIG = "config.yaml"

#: Where the weights lie that training began with: of no use to who reads the folder, whose weights
#: are all there.
_BEGINNING = "pretrained"


def write_model(folder: Path, head: TrainedHead) -> None:
    """Write a trained head.

    Weights that an earlier model left in the folder stay, and are no part of this one.

    Args:
        folder: Folder to write; made where absent.
        head: The head.

    Raises:
        ValueError: If a weight is not finite, or two members are the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = dict(_save(network, folder) for network in head.networks)
    if len(weights) < len(head.networks):
        raise ValueError(f"members must differ, {len(head.networks)} have {len(weights)} weights")
    network = to_plain(head.network_config)
    record = {
        "schema": SCHEMA,
        "network": {name: value for name, value in network.items() if name != _BEGINNING},
        "input": to_plain(head.input_config),
        "grid": to_plain(head.grid),
        "weights": [{"file": name, "sha256": digest} for name, digest in weights.items()],
        "weights_sha256": joint_digest(list(weights.values())),
        "config": {"sha256": _text_digest(head.config)} if head.config else {},
        "conditions": head.conditions.to_mapping(),
        "calibration": to_plain(head.calibration),
        "validation": to_plain(head.validation),
        "training": head.training.to_mapping(),
    }
    if correction := head.conditions.correction:
        shutil.copyfile(correction, folder / CORRECTION)
    if head.config:
        (folder / CONFIG).write_bytes(head.config.encode())
    (folder / "README.md").write_text(model_card(head, weights=weights), encoding="utf-8")
    text = json.dumps(sealed(record), indent=2) + "\n"
    (folder / "model.json").write_text(text, encoding="utf-8")


def read_model(
    folder: Path, *, device: str = "cpu", runtime: Runtime = "torch"
) -> NetworkEstimator:
    """Read a trained head.

    Raises:
        ValueError: If the folder holds no model, ``model.json`` is not one of this version, or it
            or ``config.yaml`` was altered, or the runtime is not there.
        WeightsMismatch: If the weights are absent, altered, or those of another network.
    """
    from ctbone.networks import HeadConfig, build_head

    record = read_model_record(folder)
    _require_config(folder, record)
    head = _part(record, "network", HeadConfig)
    network = build_head(head)
    files = listed_weights(record)
    return NetworkEstimator(
        name=_name(head, files, str(record["weights_sha256"])),
        grid=_part(record, "grid", PatchGrid),
        input_config=_part(record, "input", InputConfig),
        head=head,
        network=network,
        device=device,
        calibration=_part(record, "calibration", HeadCalibration),
        members=_load(network, folder, files),
        runtime=runtime,
    )


def model_digests(folder: Path) -> dict[str, str]:
    """Return SHA-256 by name of the weights of a model, as ``run.json`` lists them.

    Raises:
        ValueError: If the folder holds no model of this version, or ``model.json`` was altered.
    """
    return listed_weights(read_model_record(folder))


def model_conditions(folder: Path) -> Conditions:
    """Return what a head was taught under.

    Raises:
        ValueError: If the folder holds no model of this version, or was altered.
        WeightsMismatch: If the file of the correction is absent or altered.
    """
    record = read_model_record(folder)
    _require_config(folder, record)
    told = dict(record.get("conditions", {}))
    digest = told.pop("correction", None)
    found = to_record(told, Conditions, where="model.json, conditions")
    if not digest:
        return found
    _check_digest(folder / CORRECTION, str(digest))
    return replace(found, correction=folder / CORRECTION)


def _save(network: nn.Module, folder: Path) -> tuple[str, str]:
    from ctbone.networks import save_weights

    fresh = folder / "weights.safetensors"
    digest = save_weights(network, fresh)
    return fresh.replace(folder / f"weights-{digest[:_DIGITS]}.safetensors").name, digest


def _load(
    network: nn.Module, folder: Path, files: Mapping[str, str]
) -> tuple[Mapping[str, Tensor], ...]:
    """Load and check the weights, and return those of each member where there are several."""
    from ctbone.networks import load_weights

    members: list[Mapping[str, Tensor]] = []
    for name, digest in files.items():
        _check_digest(folder / name, digest)
        load_weights(network, folder / name)
        if len(files) > 1:
            state = network.state_dict()
            members.append({key: value.cpu().clone() for key, value in state.items()})
    return tuple(members)


def _name(head: HeadConfig, files: Mapping[str, str], digest: str) -> str:
    count = f"-x{len(files)}" if len(files) > 1 else ""
    return f"{head.backbone}-{head.dimensions}d{count}-{digest[:_DIGITS]}"


def _part(record: Mapping[str, Any], name: str, kind: type[Record]) -> Record:
    return to_record(record.get(name, {}), kind, where=f"model.json, {name}")


def _text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _require_config(folder: Path, record: Mapping[str, Any]) -> None:
    """Check that the configuration is that of the training; nothing is asked where none was."""
    wanted, path = record.get("config", {}).get("sha256"), folder / CONFIG
    if wanted is None:
        return
    if not path.is_file():
        raise ValueError(f"model.json of {folder.name} names {CONFIG}, which the folder lacks")
    where = f"{CONFIG} of {folder.name}"
    require_unaltered(where, found=file_digest(path), wanted=str(wanted))


def _check_digest(weights: Path, wanted: str) -> None:
    if not weights.is_file():
        raise WeightsMismatch(f"model.json names {weights.name}, which the folder lacks")
    if (found := file_digest(weights)) != wanted:
        raise WeightsMismatch(f"{weights.name}: expected SHA-256 {wanted}, found {found}")
