"""What a fitted head says of patients that it has not learnt from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ctbone.devices import resolve_device
from ctbone.estimation import HeldOut
from ctbone.networks import Task
from ctbone.records import BoneCategory
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.comparing import answers_of
from ctbone.training.heads.data import PatchExamples
from ctbone.training.heads.patchset import PatchSet
from ctbone.training.heads.preparing import PatchBatch, Preparation
from ctbone.training.heads.targets import CATEGORY, NEEDED

_CATEGORIES = tuple(BoneCategory)


def answer(
    network: nn.Module,
    prepare: Preparation,
    scans: PatchExamples,
    *,
    by_patient: bool,
    config: FitConfig,
    seed: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return what a head answers, in float32.

    Args:
        network: The head.
        prepare: What turns patches to its inputs.
        scans: All vertebrae of a patient an example.
        by_patient: Whether it answers once for all of them, instead of for each.
        config: Where, and how many at a time.
        seed: What variations of the scans hang on; ``None`` leaves them as they are.

    Returns:
        Answers, shape ``(R, K)``, and the number of the scan of each, shape ``(R,)``.
    """
    device = resolve_device(config.device)
    network.to(device).eval()
    generator = None if seed is None else torch.Generator(device).manual_seed(seed)
    rows, numbers = [], []
    with torch.inference_mode():
        for start in range(0, len(scans), config.batch_size):
            chosen = np.arange(start, min(start + config.batch_size, len(scans)))
            batch = PatchBatch(*(part.to(device) for part in scans[chosen]))
            if generator is not None:
                batch = prepare.vary(batch, generator)
            asked = batch if by_patient else batch.by_vertebra()
            answers, _ = answers_of(network, prepare(asked, generator=None))
            rows.append(answers.double().cpu().numpy())
            there = batch.present.sum(dim=1).cpu().numpy()
            numbers.append(chosen if by_patient else np.repeat(chosen, there))
    network.cpu()
    return np.concatenate(rows), np.concatenate(numbers)


def held_out(
    answers: NDArray[np.float64],
    numbers: NDArray[np.int64],
    scans: PatchExamples,
    patches: PatchSet,
    *,
    task: Task,
) -> HeldOut:
    """Lay answers beside the reference results of their patients; unknown ones are left out.

    Args:
        answers: Shape ``(R, K)``.
        numbers: The number of the scan of each answer, shape ``(R,)``.
        scans: What was asked.
        patches: Where they are from.
        task: What the head answers.
    """
    known = np.flatnonzero(np.isfinite(scans.targets[numbers, NEEDED[task]]))
    rows = [patches.rows[k] for k in scans.studies[numbers[known]]]
    targets = scans.targets[numbers[known]]
    return HeldOut(
        outputs=answers[None, known],
        studies=tuple(row.study_uid for row in rows),
        persons=tuple(row.patient_id for row in rows),
        values=None if NEEDED[task] == CATEGORY else targets[:, NEEDED[task]].astype(np.float64),
        categories=tuple(map(_named, targets[:, CATEGORY])),
    )


def joined(parts: Sequence[HeldOut]) -> HeldOut:
    """Return what several heads say, each of its own patients, as that of one."""
    values = [part.values for part in parts if part.values is not None]
    categories = [part.categories for part in parts if part.categories is not None]
    return HeldOut(
        outputs=np.concatenate([part.outputs for part in parts], axis=1),
        studies=tuple(study for part in parts for study in part.studies),
        persons=tuple(person for part in parts for person in part.persons),
        values=np.concatenate(values) if len(values) == len(parts) else None,
        categories=sum(categories, ()) if len(categories) == len(parts) else None,
    )


def _named(category: np.float32) -> BoneCategory | None:
    return _CATEGORIES[int(category)] if np.isfinite(category) else None
