"""The seven covariates of the review, as the columns of confusion_matrices.csv hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ctbone.evaluation.linking import Case
from ctbone.interchange.model_record import read_model_record

#: Widths, in Hounsfield units, up to which a window is written down as soft and as bone. The
#: review names windows and gives no limits: these are a convention of this table alone.
_SOFT_WIDTH_HU, _BONE_WIDTH_HU = 600.0, 3000.0

#: Windows that a model can name, as the table calls them.
_WINDOWS = {"bone": "bone", "soft": "soft", "full": "other"}

#: The families that the review compares, by how names of backbones begin; it counts the last two
#: among them for what they are built on.
_FAMILIES = {"resnet": "resnet", "densenet": "densenet", "joint": "resnet", "bmdc": "densenet"}

_PLANES = {
    "axial": "axial",
    "axial_slices": "axial",
    "sagittal": "sagittal",
    "coronal": "coronal",
    "orthogonal": "multi",
    "volume": "multi",
}

#: What stands where no trained head was used.
_UNTRAINED = {"backbone": "other", "dimensionality": "", "plane": "", "input": "", "window": ""}


def describe_model(folder: Path | None) -> dict[str, str]:
    """Return backbone, dimensionality, plane, input and window of a model folder.

    Raises:
        ValueError: If ``model.json`` is not there or not of the expected form.
    """
    if folder is None:
        return dict(_UNTRAINED)
    record = read_model_record(folder)
    try:
        return _described(record["network"], record["input"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"model.json of {folder.name} does not describe a model: {error}"
        ) from error


def describe_cohort(cases: Sequence[Case]) -> dict[str, str]:
    """Return validation and reference standard of a group of one split."""
    splits = {case.reference.split for case in cases}
    standards = {case.reference.reference_standard for case in cases}
    return {
        "validation": "external" if splits == {"external_test"} else "internal",
        "reference_standard": "+".join(sorted({_standard(name) for name in standards})),
    }


def _standard(name: str) -> str:
    # QCT and attenuation are both read from CT; what was simulated is neither CT nor DXA.
    return {"QCT": "CT", "HU": "CT"}.get(name, name)


def _described(network: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, str]:
    plane, backbone = str(seen["plane"]), str(network["backbone"])
    slices = int(seen.get("slices", 1))
    families = [family for name, family in _FAMILIES.items() if backbone.startswith(name)]
    return {
        "backbone": families[0] if families else "other",
        "dimensionality": f"{int(network['dimensions'])}d",
        "plane": _PLANES.get(plane, plane),
        "input": "single" if slices == 1 and plane not in {"orthogonal", "volume"} else "multi",
        "window": _window(seen["window_hu"]),
    }


def _window(given: str | Sequence[float]) -> str:
    if isinstance(given, str):
        return _WINDOWS[given]
    low, high = (float(limit) for limit in given)
    width_hu = high - low
    if width_hu <= _SOFT_WIDTH_HU:
        return "soft"
    return "bone" if width_hu <= _BONE_WIDTH_HU else "other"
