"""One run of ``ctbone train`` that makes a head."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch

from ctbone.densitometry import Correction, load_named
from ctbone.runs import RunLog, file_digest
from ctbone.training.fit import fit
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.answers import answer, held_out
from ctbone.training.heads.beginning import begin_as_line, build_scaled
from ctbone.training.heads.comparing import HeadStep
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.data import (
    Floats,
    HeadData,
    PatchExamples,
    balanced_shares,
    group,
)
from ctbone.training.heads.folds import Fold, split_folds
from ctbone.training.heads.gathering import gather_studies, told_counts
from ctbone.training.heads.losses import HeadLoss
from ctbone.training.heads.model import Member, write_head
from ctbone.training.heads.patchset import PatchSet, assemble
from ctbone.training.heads.preparing import Preparation
from ctbone.training.heads.targets import CATEGORY, target_rows
from ctbone.training.processes import rank
from ctbone.training.resuming import material_options

#: Options of a head with which its training may go on otherwise: files whose content is compared
#: instead, and what no weight hangs on.
_FREE = (
    *("export", "cohort", "masks", "localiser", "review", "correction", "cache", "site_key"),
    *("cutters", "limits_from", "network.pretrained", "network.checkpointing"),
)


def train_head(
    head: HeadTraining, *, out: Path, seed: int, fit_config: FitConfig, log: RunLog
) -> dict[str, float]:
    """Cut the patches of a cohort, fit a head on them and write ``<out>/model``.

    With folds, one head is fitted without each part of the patients, below ``<out>/fold-<k>``, and
    the model is all of them.

    Returns:
        Validation figures, by name; the mean over folds. Of several processes that fit together
        the first writes, and the others return nothing.

    Raises:
        NothingUsable: If no study of the cohort yields a patch to train on or to validate with.
        ValueError: If a path of the configuration is not there.
        WeightsMismatch: If the ImageNet weights of the configuration do not fit the network.
    """
    _warn_of_contrast(head, log)
    folder = head.cache or out / "patches"
    with log.stage("patches"):
        studies = gather_studies(head, folder=folder, log=log)
        folds = split_folds(
            [one.row for one in studies],
            folds=head.folds,
            seed=seed,
            origin=told_counts(head.cohort.name, log),
        )
        # Each of several processes that fit together has its own.
        batches = out / f"batches-{rank()}"
        patches = assemble(studies, batches)
    members = []
    with log.stage("fit"):
        for number, fold in enumerate(folds):
            where = out / f"fold-{number}" if len(folds) > 1 else out
            members.append(
                _fit_member(head, patches, fold, out=where, seed=seed + number, config=fit_config)
            )
    shutil.rmtree(batches)
    if rank():
        return {}
    return write_head(
        out / "model", head, members, patches=patches, seed=seed, fit_config=fit_config, log=log
    )


def _warn_of_contrast(head: HeadTraining, log: RunLog) -> None:
    if head.correction is None or not head.augmentation.contrast_share:
        return
    if load_named(head.correction, Correction).rise_hu_by_phase:
        log.warnings.append(
            "head.correction takes the rise of a contrast phase away, and head.augmentation adds "
            "one that nothing takes away: the head errs a little more and its limits are wider "
            "than with head.augmentation.contrast_share 0 (docs/heads.md)"
        )


def _fit_member(
    head: HeadTraining,
    patches: PatchSet,
    fold: Fold,
    *,
    out: Path,
    seed: int,
    config: FitConfig,
) -> Member:
    """Fit one head on the patients of a fold, and ask it about those that it has not seen."""
    sites = sorted({row.site for row in patches.rows if row.study_uid in fold.training})
    targets = target_rows(patches.rows, sites=sites)
    training, validation = (
        _examples(patches, part, targets, by_patient=head.input.unit == "patient")
        for part in (fold.training, fold.validation)
    )
    network = build_scaled(head.network, training, seed=seed)
    prepare = Preparation(
        head, spacing_mm=head.grid.spacing_mm, with_body="body" in network.extras
    )
    begin_as_line(network, prepare, training)
    data = HeadData(
        training,
        validation,
        batch_size=config.batch_size,
        seed=seed,
        shares=balanced_shares(training.targets[:, CATEGORY]) if head.balance != "none" else None,
        workers=config.workers,
    )
    step = HeadStep(prepare, HeadLoss(head.network, head.loss, torch.from_numpy(training.targets)))
    figures = fit(
        network,
        step,
        data,
        config=config,
        out=out,
        seed=seed,
        material=material_options("head", head, free=_FREE, contents=_contents(head, patches)),
    )
    asked = _examples(patches, fold.validation, targets, by_patient=True)
    answers = answer(
        network,
        prepare,
        asked,
        by_patient=head.input.unit == "patient",
        config=config,
        seed=seed if head.limits_from == "variations" else None,
    )
    return Member(network, figures, held_out(*answers, asked, patches, task=head.network.task))


def _contents(head: HeadTraining, patches: PatchSet) -> dict[str, str]:
    return {"content of head.cohort": file_digest(head.cohort), "patches": patches.sha256}


def _examples(
    patches: PatchSet, studies: frozenset[str], targets: Floats, *, by_patient: bool
) -> PatchExamples:
    members = group(patches, patches.of(studies), by_patient=by_patient)
    return PatchExamples(patches, members, targets)
