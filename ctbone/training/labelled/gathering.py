"""The cases of a labelled data set: read once, kept on disk, parted by patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from ctbone.attempts import Failure, guard
from ctbone.errors import MaskMissing, NothingUsable, UnreadableFile
from ctbone.runs import RunLog, config_digest
from ctbone.training.cases import write_case
from ctbone.training.labelled.conversion import to_case
from ctbone.training.labelled.layouts import LabelledStudy, find_studies
from ctbone.training.recipe import LabelledData

#: Changes with what a case of a study holds, so that older ones are not taken for it.
_VERSION = 1

#: How many studies of one fault a warning lists.
_SHOWN = 5


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
    tried = [
        (study, guard(partial(_prepare, study, data, folder=folder, spacing_mm=spacing_mm)))
        for study in find_studies(data)
    ]
    usable = [(study, found) for study, found in tried if not isinstance(found, Failure)]
    failures = {n: found for n, (_, found) in enumerate(tried, 1) if isinstance(found, Failure)}
    counts = Counter[str](failure.reason for failure in failures.values())
    log.warnings += _warnings(failures, data)
    apart = held_out_patients([study.patient for study, _ in usable], share=data.held_out)
    training = tuple(path for study, path in usable if study.patient not in apart)
    held_out = tuple(path for study, path in usable if study.patient in apart)
    counts |= {"training": len(training), "held_out": len(held_out)}
    # Two sets can be of one layout.
    for name, count in counts.items():
        counted = f"labelled_{data.layout}_{name}"
        log.counts[counted] = log.counts.get(counted, 0) + count
    if not training:
        raise NothingUsable(
            f"labelled data in the {data.layout} layout: expected studies with a whole labelled "
            f"vertebra, found none of {sum(counts.values())}"
        )
    return Gathered(data, training, held_out)


def _warnings(failures: Mapping[int, Failure], data: LabelledData) -> list[str]:
    """Say each fault once, and of which studies: by number, since names can tell of patients."""
    numbers: dict[str, list[int]] = {}
    for number, failure in failures.items():
        numbers.setdefault(failure.detail, []).append(number)
    return [
        f"labelled data in the {data.layout} layout, {_listed(those)} in order of names: {detail}"
        for detail, those in numbers.items()
    ]


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return f"{'study' if len(numbers) == 1 else 'studies'} {shown}{more}"


def held_out_patients(patients: Sequence[str], *, share: float) -> frozenset[str]:
    """Choose patients to keep apart: by their names alone, so that every run chooses the same.

    One patient alone is never kept apart; of two or more, one at least is.
    """
    ordered = sorted(set(patients), key=lambda name: sha256(name.encode()).hexdigest())
    count = min(max(round(share * len(ordered)), 1), len(ordered) - 1)
    return frozenset(ordered[:count])


def _prepare(study: LabelledStudy, data: LabelledData, *, folder: Path, spacing_mm: float) -> Path:
    if not study.image.is_file():
        raise UnreadableFile("expected a CT beside the labels, found none")
    if not study.masks:
        raise MaskMissing("expected labelled vertebrae beside the CT, found none")
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
