"""One run of ``ctbone train`` that makes a head."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import torch

from ctbone.networks import SCALED, Head, HeadConfig, build_head, load_pretrained
from ctbone.runs import RunLog
from ctbone.training.fit import fit
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.answers import answer, held_out
from ctbone.training.heads.comparing import HeadStep
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.data import HeadData, PatchExamples, balanced_shares, group
from ctbone.training.heads.folds import Fold, split_folds
from ctbone.training.heads.gathering import gather_studies
from ctbone.training.heads.losses import HeadLoss
from ctbone.training.heads.model import Member, write_head
from ctbone.training.heads.patchset import PatchSet, assemble
from ctbone.training.heads.preparing import Preparation
from ctbone.training.heads.targets import CATEGORY, NEEDED, target_rows
from ctbone.training.processes import rank


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
    folder = head.cache or out / "patches"
    with log.stage("patches"):
        studies = gather_studies(head, folder=folder, log=log)
        folds = split_folds([one.row for one in studies], folds=head.folds, seed=seed)
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
        PatchExamples(
            patches,
            group(patches, patches.of(part), by_patient=head.input.unit == "patient"),
            targets,
        )
        for part in (fold.training, fold.validation)
    )
    torch.manual_seed(seed)
    network = build_head(head.network)
    if head.network.pretrained is not None:
        load_pretrained(network, head.network.pretrained)
    set_scale(network, head.network, training)
    loss = HeadLoss(head.network, head.loss, torch.from_numpy(training.targets))
    prepare = Preparation(
        head, spacing_mm=head.grid.spacing_mm, with_body="body" in network.extras
    )
    data = HeadData(
        training,
        validation,
        batch_size=config.batch_size,
        seed=seed,
        shares=balanced_shares(training.targets[:, CATEGORY]) if head.balance != "none" else None,
        workers=config.workers,
    )
    figures = fit(network, HeadStep(prepare, loss), data, config=config, out=out, seed=seed)
    answers = answer(network, prepare, validation, config=config)
    return Member(network, figures, held_out(answers, validation, patches, task=head.network.task))


def set_scale(network: Head, config: HeadConfig, training: PatchExamples) -> None:
    """Give a head that regresses the mean and the spread of its training patients."""
    if config.task not in SCALED:
        return
    values = training.targets[:, NEEDED[config.task]]
    known = values[np.isfinite(values)]
    network.set_scale(centre=float(known.mean()), scale=float(known.std()) or 1.0)
