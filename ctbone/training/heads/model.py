"""From fitted heads to the model folder that screening reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import yaml

from ctbone.densitometry import Correction, named_path
from ctbone.estimation import (
    Conditions,
    HeadCalibration,
    HeldOut,
    TrainedHead,
    TrainingRecord,
    check_coverage,
    fit_calibration,
    is_calibrated,
    write_model,
)
from ctbone.networks import SCALED, Head
from ctbone.runs import RunLog, file_digest, to_plain
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.answers import joined
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.patchset import PatchSet

#: What a reader has to know of limits that no scan has set as it was.
_VARIED = (
    "each held-out patient was asked about as another scan might have shown them, varied as "
    "far as augmentation in config.yaml goes"
)


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One fitted head.

    Attributes:
        network: With its weights.
        figures: Validation figures of the epoch that was kept, by name.
        held_out: What it says of the patients that it was validated with.
    """

    network: Head
    figures: Mapping[str, float]
    held_out: HeldOut


def write_head(  # noqa: PLR0913 - a model says all of this
    folder: Path,
    head: HeadTraining,
    members: Sequence[Member],
    *,
    patches: PatchSet,
    seed: int,
    fit_config: FitConfig,
    log: RunLog,
) -> dict[str, float]:
    """Calibrate what the heads claim by patients that they have not learnt from, and write them.

    Returns:
        Validation figures, the mean over members, by name.
    """
    held_out = joined([member.held_out for member in members])
    task = head.network.task
    calibration = fit_calibration(held_out, task=task, positive=head.network.positive)
    if head.limits_from == "variations" and is_calibrated(task, calibration):
        notes = filter(None, (_VARIED, calibration.note))
        calibration = replace(calibration, note="; ".join(notes))
    figures = _mean_figures([member.figures for member in members])
    figures |= _coverage(held_out, calibration) if task in SCALED else {}
    trained = TrainedHead(
        network_config=head.network,
        input_config=head.input,
        grid=head.grid,
        networks=tuple(member.network for member in members),
        validation=figures,
        training=_record(head, patches, seed=seed, fit_config=fit_config, log=log),
        calibration=calibration,
        config=yaml.safe_dump(
            {"seed": seed, "head": to_plain(head), "fit": to_plain(fit_config)}, sort_keys=False
        ),
        conditions=Conditions(
            levels=head.levels,
            domain=head.domain,
            correction=named_path(head.correction, Correction) if head.correction else None,
            assume_phase=head.assume_phase,
        ),
    )
    write_model(folder, trained)
    return figures


def _mean_figures(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: fmean(one[name] for one in figures) for name in figures[0]}


def _coverage(held_out: HeldOut, calibration: HeadCalibration) -> dict[str, float]:
    """Return the share of validation patients whose 90 % limits hold their reference.

    It is that of the patients that set the limits, and says that they were set, not that they hold
    elsewhere.
    """
    covered = check_coverage(held_out, calibration)
    return {} if covered is None else {"validation_coverage": covered.estimate}


def _record(
    head: HeadTraining, patches: PatchSet, *, seed: int, fit_config: FitConfig, log: RunLog
) -> TrainingRecord:
    patients = {(row.split, row.patient_id) for row in patches.rows}
    return TrainingRecord(
        seed=seed,
        patients=dict(sorted(Counter(split for split, _ in patients).items())),
        sites=tuple(sorted({row.site for row in patches.rows})),
        reference_standard=", ".join(sorted({row.reference_standard for row in patches.rows})),
        cohort_sha256=file_digest(head.cohort),
        patches_sha256=patches.sha256,
        validation_chose_epoch=fit_config.keep == "best",
        details={"fit": fit_config, "counts": log.counts, "found_by": log.weights},
    )
