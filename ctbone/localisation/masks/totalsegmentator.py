"""TotalSegmentator as a locator, where it is installed (Wasserthal et al. 2023;5:e230024).

It is called through its Python API, ``totalsegmentator.python_api.totalsegmentator``, of version
2.4 or later, and what it draws goes the way of masks on disk: bodies parted from arches, cut
vertebrae told from whole ones. With its licensed task ``vertebrae_body`` the bodies are its own.

ctbone sends nothing anywhere and fetches nothing. TotalSegmentator does both unless told
otherwise, so it is used only with its weights on disk and its usage statistics switched off.

It has been run against a stand-in that behaves as the API is documented, never the real package.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ctbone.anatomy import LABELS, structure_name
from ctbone.errors import SpineNotFound
from ctbone.extras import import_extra
from ctbone.ingest import LabelMap
from ctbone.ingest.nifti_header import RAS_TO_LPS
from ctbone.localisation.masks.locator import locate_labels
from ctbone.localisation.masks.table import Holds, MaskEntry
from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume

#: Data sets whose weights task ``total`` loads: its five parts, and the coarse model that finds
#: where to look when asked for some structures alone (``map_tasks_config.py``, ``python_api.py``).
_TOTAL = (291, 292, 293, 294, 295, 298)

#: That of the licensed task, by name, since its number changed between versions.
_BODY_WEIGHTS = "Dataset*_vertebrae_body_*"

#: Probability that one of its levels is right. Its author speaks of neighbours mixed up in 1 to
#: 2 % (issue 291 of its repository), a reader of its training data of 10 to 15 % (issue 394): the
#: worse end, rounded, since nothing tells which holds for the CT at hand.
_CONFIDENCE = 0.9

#: What it calls devices.
_DEVICES = {"cuda": "gpu", "cpu": "cpu", "mps": "mps"}

_LEVELS = LABELS["totalsegmentator_v2"]


@dataclass(frozen=True)
class TotalSegmentatorLocator:
    """Take the vertebrae from TotalSegmentator.

    Attributes:
        run: Its function; called as its API documents.
        has_bodies: Whether its licensed task parts bodies from arches.
        device: Where it runs, in its own words: ``cpu``, ``gpu`` or ``mps``.
        version: Its version, for the record of a run.
    """

    run: Callable[..., Any] = field(repr=False)
    has_bodies: bool = False
    device: str = "cpu"
    version: str = ""

    def __call__(self, volume: CTVolume, /) -> tuple[VertebraLocalisation, ...]:
        """Return the vertebrae that it finds, from cranial to caudal.

        Raises:
            SpineNotFound: If it finds no vertebra, or ends without an answer.
            MaskMissing: If none of what it finds lies in the volume.
        """
        import nibabel

        image = nibabel.Nifti1Image(np.asarray(volume.hu), RAS_TO_LPS @ volume.affine)
        names = [structure_name(level) for level in _LEVELS.values()]
        found = self._segment(image, task="total", roi_subset=names)
        labels = np.where(np.isin(found.labels, list(_LEVELS)), found.labels, 0)
        if self.has_bodies:
            labels[self._segment(image, task="vertebrae_body").labels != 1] = 0
        if not labels.any():
            raise SpineNotFound("expected vertebrae, TotalSegmentator found none")
        holds: Holds = "body" if self.has_bodies else "vertebra"
        entry = MaskEntry(Path(), "totalsegmentator_v2", holds)
        return locate_labels(volume, labels, found.affine, entry=entry, confidence=_CONFIDENCE)

    def _segment(self, image: Any, **options: Any) -> LabelMap:  # noqa: ANN401 - nibabel is untyped
        """Run one task; what it prints is dropped, and an exit is an answer."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                answer = self.run(image, None, quiet=True, device=self.device, **options)
        except SystemExit as left:
            message = f"TotalSegmentator left without an answer, exit code {left.code}"
            raise SpineNotFound(message) from left
        labels = np.asarray(answer.dataobj).astype(np.uint8)
        return LabelMap(labels, RAS_TO_LPS @ np.asarray(answer.affine, dtype=np.float64))


def find_totalsegmentator(*, device: str = "cpu") -> TotalSegmentatorLocator:
    """Return TotalSegmentator, ready to run without a network.

    Where the weights of its task ``vertebrae_body`` and a licence for it are there, it is used.

    Args:
        device: Where it runs: ``cpu``, ``cuda`` or ``mps``.

    Raises:
        ValueError: If the package or its weights are absent, or it would send usage statistics;
            the message says what to do.
    """
    config = import_extra("totalsegmentator.config", extra="totalsegmentator")
    if config.get_config_key("send_usage_stats") is not False:
        raise ValueError(
            "TotalSegmentator would send usage statistics, and ctbone sends nothing: set "
            '"send_usage_stats" to false in .totalsegmentator/config.json of the home folder'
        )
    folder = Path(config.get_weights_dir())
    missing = [number for number in _TOTAL if not _has(folder, f"Dataset{number}_*")]
    if missing:
        raise ValueError(
            f"expected the weights of TotalSegmentator, found none of data sets {missing}: "
            "totalseg_download_weights -t total"
        )
    api = import_extra("totalsegmentator.python_api", extra="totalsegmentator")
    licensed = config.has_valid_license_offline()[0] == "yes"
    return TotalSegmentatorLocator(
        run=api.totalsegmentator,
        has_bodies=licensed and _has(folder, _BODY_WEIGHTS),
        device=_DEVICES[device.partition(":")[0]],
        version=str(config.get_version()),
    )


def _has(folder: Path, pattern: str) -> bool:
    return any(path.is_dir() for path in folder.glob(pattern))
