"""The cases of a labelled data set: read once, kept on disk, parted by patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from ctbone.attempts import Failure, guard
from ctbone.errors import NothingUsable
from ctbone.runs import RunLog, config_digest
from ctbone.training.cases import write_case
from ctbone.training.labelled.conversion import to_case
from ctbone.training.labelled.layouts import LabelledStudy, find_studies
from ctbone.training.recipe import LabelledData

#: Changes with what a case of a study holds, so that older ones are not taken for it.
_VERSION = 1


@dataclass(frozen=True)
class Gathered:
    """The cases of one data set.

    Attributes:
        data: The data set.
        training: Cases to learn from.
        held_out: Cases of patients that training never sees.
    """

    data: LabelledData
    training: tuple[Path, ...]
    held_out: tuple[Path, ...]


def gather_cases(data: LabelledData, *, folder: Path, spacing_mm: float, log: RunLog) -> Gathered:
    """Bring every labelled study to the grid of the localiser, and part them by patient.

    A study that cannot be used is counted in the log under its reason, and passed over.

    Args:
        data: The data set.
        folder: Where cases are kept from run to run, under names that say nothing.
        spacing_mm: Voxel side of the localiser.
        log: Takes the counts.

    Raises:
        NothingUsable: If no study is left to train on.
        ValueError: If the folder is not laid out as it is said to be.
    """
    counts: Counter[str] = Counter()
    usable: list[tuple[LabelledStudy, Path]] = []
    for study in find_studies(data):
        found = guard(partial(_prepare, study, data, folder=folder, spacing_mm=spacing_mm))
        if isinstance(found, Failure):
            counts[found.reason] += 1
            log.warnings += [found.detail] if found.detail not in log.warnings else []
            continue
        usable.append((study, found))
    apart = held_out_patients([study.patient for study, _ in usable], share=data.held_out)
    training = tuple(path for study, path in usable if study.patient not in apart)
    held_out = tuple(path for study, path in usable if study.patient in apart)
    counts |= {"training": len(training), "held_out": len(held_out)}
    log.counts |= {f"labelled_{data.layout}_{name}": n for name, n in counts.items()}
    if not training:
        raise NothingUsable(
            f"labelled data in the {data.layout} layout: expected studies with a whole labelled "
            f"vertebra, found none of {sum(counts.values())}"
        )
    return Gathered(data, training, held_out)


def held_out_patients(patients: Sequence[str], *, share: float) -> frozenset[str]:
    """Choose patients to keep apart: by their names alone, so that every run chooses the same.

    One patient alone is never kept apart; of two or more, one at least is.
    """
    ordered = sorted(set(patients), key=lambda name: sha256(name.encode()).hexdigest())
    count = min(max(round(share * len(ordered)), 1), len(ordered) - 1)
    return frozenset(ordered[:count])


def _prepare(study: LabelledStudy, data: LabelledData, *, folder: Path, spacing_mm: float) -> Path:
    path = folder / f"{_digest(study, data, spacing_mm)}.npz"
    if not path.is_file():
        write_case(to_case(study, spacing_mm=spacing_mm), path)
    return path


def _digest(study: LabelledStudy, data: LabelledData, spacing_mm: float) -> str:
    """Return a name that changes with the files of a study, and tells nothing of the patient."""
    files = [study.image, *(path for path, _ in study.masks)]
    files += [study.centroids] if study.centroids is not None else []
    stamps = [
        [str(path.relative_to(data.path)), path.stat().st_size, path.stat().st_mtime_ns]
        for path in files
    ]
    meanings = [sorted(meanings.items()) for _, meanings in study.masks]
    return config_digest([_VERSION, spacing_mm, data.layout, stamps, meanings])[:32]
