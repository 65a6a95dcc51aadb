"""Where the files of an export lie, as the archives of different hospitals name them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ctbone.phantom.export.plan import StudyPlan

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def study_folder(plan: StudyPlan) -> Path:
    """Return the folder of a study, relative to the export."""
    site = Path(plan.site.name)
    if plan.site.layout == "series":
        return site / f"PAT{plan.index:05d}" / f"ST{plan.visit + 1:06d}"
    if plan.site.layout == "flat":
        return site / _short(plan.patient_id) / _short(plan.study_uid)
    return site / plan.study_uid


def file_path(plan: StudyPlan, dataset: Dataset, name: int) -> Path:
    """Return where an object of a study lies in its folder.

    Args:
        plan: The study.
        dataset: The object.
        name: Number that its name has among the files of its series; it means nothing.
    """
    if plan.site.layout == "series":
        return Path(f"SE{dataset.SeriesNumber:06d}") / f"IM{name:06d}"
    if plan.site.layout == "flat":
        return Path(_short(f"{dataset.SeriesInstanceUID} {name}"))
    return Path(dataset.SeriesInstanceUID) / f"{dataset.SOPInstanceUID}.{name}"


def _short(text: str) -> str:
    """Return eight letters and digits, as a file ID may have: 36^8, too many for two to meet."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return np.base_repr(number % 36**8, 36).rjust(8, "0")
