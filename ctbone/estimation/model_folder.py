"""A trained head on disk: ``model.json`` and ``weights-<digest>.safetensors``.

``model.json`` holds all that is needed to build and use the head, how it validated, and how it was
trained. Nothing is unpickled: the weights are plain tensors, named by the first digits of their
SHA-256 and checked against all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctbone.errors import WeightsMismatch
from ctbone.estimation.network import NetworkEstimator, check_fit
from ctbone.interchange.model_record import SCHEMA, read_model_record
from ctbone.patches import InputConfig, PatchGrid
from ctbone.runs import file_digest, to_plain

if TYPE_CHECKING:
    from torch import nn

    from ctbone.networks import HeadConfig

_DIGITS = 12


def write_model(  # noqa: PLR0913 - a model is all of this
    folder: Path,
    *,
    network_config: HeadConfig,
    input_config: InputConfig,
    grid: PatchGrid,
    network: nn.Module,
    validation: Mapping[str, float],
    training: Mapping[str, object],
) -> None:
    """Write a trained head.

    Args:
        folder: Folder to write; made where absent.
        network_config: Architecture and task.
        input_config: What the head sees of a patch.
        grid: The patch it was trained on.
        network: The head with its weights.
        validation: Figures on the validation split, by name.
        training: How it was trained: seed, cohort, epochs and so on.

    Raises:
        ValueError: If the head does not take the input.
    """
    from ctbone.networks import save_weights

    check_fit(network_config, input_config)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "weights.safetensors"
    digest = save_weights(network, fresh)
    weights = fresh.rename(folder / f"weights-{digest[:_DIGITS]}.safetensors")
    record = {
        "schema": SCHEMA,
        "network": to_plain(network_config),
        "input": to_plain(input_config),
        "grid": to_plain(grid),
        "weights": weights.name,
        "weights_sha256": digest,
        "validation": to_plain(validation),
        "training": to_plain(training),
    }
    text = json.dumps(record, indent=2) + "\n"
    (folder / "model.json").write_text(text, encoding="utf-8")


def read_model(folder: Path, *, device: str = "cpu") -> NetworkEstimator:
    """Read a trained head.

    Raises:
        ValueError: If the folder holds no model, or ``model.json`` is not one of this version.
        WeightsMismatch: If the weights are absent, altered, or those of another network.
    """
    from ctbone.networks import HeadConfig, build_head, load_weights

    record = read_model_record(folder)
    head = _build(HeadConfig, record["network"])
    network = build_head(head)
    weights = folder / Path(str(record["weights"])).name
    _check_digest(weights, str(record["weights_sha256"]))
    load_weights(network, weights)
    return NetworkEstimator(
        name=f"{head.backbone}-{head.dimensions}d-{record['weights_sha256'][:_DIGITS]}",
        grid=_build(PatchGrid, record["grid"]),
        input_config=_build(InputConfig, record["input"]),
        head=head,
        network=network,
        device=device,
    )


def model_weights(folder: Path) -> tuple[str, str]:
    """Return name and SHA-256 of the weights of a model, as ``run.json`` lists them."""
    record = read_model_record(folder)
    return str(record["weights"]), str(record["weights_sha256"])


def _build(record: type[Any], keys: Mapping[str, object]) -> Any:  # noqa: ANN401 - any of three
    known = {field.name for field in fields(record)}
    if unknown := sorted(set(keys) - known):
        raise ValueError(f"model.json: {record.__name__} knows no {unknown}")
    # JSON has no tuples.
    plain = {name: tuple(v) if isinstance(v, list) else v for name, v in keys.items()}
    return record(**plain)


def _check_digest(weights: Path, wanted: str) -> None:
    if not weights.is_file():
        raise WeightsMismatch(f"model.json names {weights.name}, which the folder lacks")
    if (found := file_digest(weights)) != wanted:
        raise WeightsMismatch(f"{weights.name}: expected SHA-256 {wanted}, found {found}")
