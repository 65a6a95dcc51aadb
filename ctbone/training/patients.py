"""Labelled patches of real or simulated patients: what heads are trained on.

A study goes the way it goes in screening: select, read, locate, ``patches.extract``. Patches are
kept on disk under a digest of everything that made them, so that a second run starts at once.
Every level of a patient carries the patient's reference result, the mean of L1 and L2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import MeasuredLevel, VertebralLevel, require_levels
from ctbone.attempts import Failure, guard
from ctbone.cohort import CohortRow, read_cohort
from ctbone.errors import NothingUsable, Reason
from ctbone.ingest import (
    CATALOGUE,
    SeriesRule,
    index_export,
    read_study,
    require_folders,
    require_site_key,
    select_series,
    site_key,
)
from ctbone.localisation import Locator, MaskLocator, shipped_locator
from ctbone.localisation.trust import assess, assessed_levels
from ctbone.networks.heads import HeadConfig
from ctbone.patches import InputConfig, PatchGrid, VertebraPatch, extract, to_input
from ctbone.records import BoneCategory, SeriesRecord, StudyRecord
from ctbone.runs import RunLog, config_digest, file_digest
from ctbone.training.kept import read_patches, write_patches
from ctbone.training.overlap import require_overlap
from ctbone.training.variation import Variation, vary_patch

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class HeadTraining:
    """What a head is trained on.

    Attributes:
        export: Folder of DICOM or NIfTI files, in any layout.
        cohort: cohort.csv with the reference results and the split.
        masks: masks.csv that lists a label map for each series; without it, the shipped localiser
            finds the vertebrae.
        network: The head.
        input: What the head sees of a patch.
        grid: The patch.
        levels: The levels to train on, each with the patient's reference result.
        series: Which series of a study are eligible.
        variation: How patches are varied.
        site_key: File whose bytes key the pseudonyms; by default a random key.
    """

    export: Path
    cohort: Path
    masks: Path | None = None
    network: HeadConfig = field(default_factory=HeadConfig)
    input: InputConfig = field(default_factory=InputConfig)
    grid: PatchGrid = field(default_factory=PatchGrid)
    levels: tuple[MeasuredLevel, ...] = ("L1", "L2")
    series: SeriesRule = field(default_factory=SeriesRule)
    variation: Variation = field(default_factory=Variation)
    site_key: Path | None = None

    def __post_init__(self) -> None:
        require_levels(self.levels)
        wanted = (self.input.dimensions, self.input.channels)
        given = (self.network.dimensions, self.network.in_channels)
        if wanted != given:
            raise ValueError(
                f"the input has {wanted[0]} dimensions and {wanted[1]} channels, "
                f"the network takes {given[0]} and {given[1]}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPatch:
    """One vertebra and the reference result of its patient.

    Attributes:
        patch: The vertebra.
        row: The patient's row of the cohort.
    """

    patch: VertebraPatch
    row: CohortRow


class PatchExamples:
    """Patches as network inputs and targets, each varied when a generator is given."""

    def __init__(self, patches: Sequence[LabelledPatch], config: HeadTraining) -> None:
        self._patches = tuple(patches)
        self._config = config

    def __len__(self) -> int:
        return len(self._patches)

    @property
    def targets(self) -> Floats:
        """Every target, shape ``(N,)``."""
        return np.asarray([self._target(patch.row) for patch in self._patches], dtype=np.float32)

    def draw(self, index: int, rng: np.random.Generator | None) -> tuple[Floats, Floats]:
        """Return input ``(C, [D,] H, W)`` and target ``(1,)``."""
        labelled = self._patches[index]
        patch = labelled.patch
        if rng is not None:
            patch = vary_patch(patch, self._config.variation, rng)
        target = np.asarray([self._target(labelled.row)], dtype=np.float32)
        return to_input(patch, config=self._config.input), target

    def _target(self, row: CohortRow) -> float:
        value = reference(row, self._config.network)
        if value is None:
            raise ValueError(f"study {row.study_uid} has no reference result")
        return value


def gather_patches(
    config: HeadTraining, *, folder: Path, log: RunLog
) -> tuple[LabelledPatch, ...]:
    """Cut the patches of every training and validation study of a cohort.

    A study that yields none is counted in the log under its reason, and passed over; one that the
    export does not hold, too, unless it holds none of a split.

    Args:
        config: The cohort and how to cut.
        folder: Where patches are kept from run to run.
        log: Takes the counts, and says where the localiser runs.

    Raises:
        NothingUsable: If the export holds no study of a split.
        ValueError: If the export is no folder or holds ``folder``, or a table is not sound.
    """
    require_folders(config.export, folder)
    rows = {row.study_uid: row for row in _usable(config)}
    locate, digest = _locator(config, log.device)
    counts: Counter[str] = Counter(expected=len(rows))
    gathered: list[LabelledPatch] = []
    unexpected = set[str]()
    absent = dict(rows)
    for study in _studies(config, folder):
        if absent.pop(study.study_uid, None) is None:
            continue
        found = guard(partial(_patches, study, config, locate, folder=folder, digest=digest))
        if isinstance(found, Failure):
            counts[found.reason] += 1
            unexpected |= {found.detail} if found.reason is Reason.UNEXPECTED else set()
            continue
        counts["used"] += 1
        gathered += [LabelledPatch(patch, rows[study.study_uid]) for patch in found]
    counts["absent"] = len(absent)
    log.counts |= {str(name): number for name, number in counts.items()}
    log.warnings += sorted(unexpected)
    log.weights |= {"localiser": digest} if config.masks is None else {}
    require_overlap(rows, absent, log)
    return tuple(gathered)


def patch_examples(
    patches: Sequence[LabelledPatch], config: HeadTraining
) -> tuple[PatchExamples, PatchExamples]:
    """Part patches into training and validation by the split of their patients.

    Raises:
        NothingUsable: If one of the two is empty.
    """
    parts = [[p for p in patches if p.row.split == s] for s in ("train", "validation")]
    if not all(parts):
        found = f"{len(parts[0])} to train on and {len(parts[1])} to validate with"
        raise NothingUsable(f"expected patches in both splits, found {found}")
    return PatchExamples(parts[0], config), PatchExamples(parts[1], config)


def reference(row: CohortRow, network: HeadConfig) -> float | None:
    """Return what a head of this task should answer: mg/cm3, or the index of the category."""
    if network.task == "bmd":
        return row.bmd_mg_cm3
    return None if row.category is None else float(list(BoneCategory).index(row.category))


def set_scale(network: nn.Module, training: PatchExamples) -> None:
    """Give a density head the mean and the spread of its cohort; leave a classifier alone."""
    from ctbone.networks import SCALED, Head

    if isinstance(network, Head) and network.config.task in SCALED:
        targets = training.targets
        spread = float(targets.std()) or 1.0
        network.set_scale(centre=float(targets.mean()), scale=spread)


def _usable(config: HeadTraining) -> list[CohortRow]:
    return [
        row
        for row in read_cohort(config.cohort)
        if row.split in ("train", "validation") and reference(row, config.network) is not None
    ]


def _locator(config: HeadTraining, device: str) -> tuple[Locator, str]:
    """Return what finds the vertebrae, and a digest of it."""
    if config.masks is None:
        locator = shipped_locator(device=device)
        return locator, locator.sha256
    masks = MaskLocator.from_csv(config.masks, images=config.export)
    return masks, file_digest(config.masks)


def _studies(config: HeadTraining, folder: Path) -> Iterator[StudyRecord]:
    catalogue = folder / CATALOGUE
    require_site_key(config.site_key)
    folder.mkdir(parents=True, exist_ok=True)
    key = site_key(config.site_key, catalogue=catalogue)
    return index_export(config.export, key=key, catalogue=catalogue)


def _patches(
    study: StudyRecord, config: HeadTraining, locate: Locator, *, folder: Path, digest: str
) -> tuple[VertebraPatch, ...]:
    series = select_series(study, rule=config.series)
    path = folder / f"{_digest(series, config, digest)}.npz"
    if not path.is_file():
        write_patches(path, _cut(study, config, locate))
    return read_patches(path)


def _digest(series: SeriesRecord, config: HeadTraining, locator: str) -> str:
    slices = [one.sop_instance_uid for one in series.slices]
    return config_digest([series.series_uid, slices, config.grid, config.levels, locator])


def _cut(study: StudyRecord, config: HeadTraining, locate: Locator) -> tuple[VertebraPatch, ...]:
    _, volume = read_study(study, rule=config.series)
    levels = {VertebralLevel[name] for name in config.levels}
    located = assess(volume, locate(volume), levels=assessed_levels(tuple(levels)))
    found = [v for v in located if v.level in levels and v.is_whole and v.reason is None]
    return tuple(extract(volume, vertebra, grid=config.grid) for vertebra in found)
