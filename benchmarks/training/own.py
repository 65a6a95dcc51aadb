"""ctbone's side: what ``ctbone train`` runs for a head, from patches on disk on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.training.examples import SHAPE, SPACING_MM, read_patches
from benchmarks.training.stopwatch import Stopwatch
from ctbone.anatomy import VertebralLevel
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig, PatchGrid
from ctbone.training.fit import fit
from ctbone.training.fitting import FitConfig
from ctbone.training.heads.beginning import build_scaled
from ctbone.training.heads.comparing import HeadStep
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.data import HeadData, PatchExamples, group
from ctbone.training.heads.losses import HeadLoss
from ctbone.training.heads.patchset import PatchSet
from ctbone.training.heads.preparing import Preparation


class _TimedData(HeadData):
    """Batches whose trainer is watched."""

    watch: Stopwatch

    def setup(self, stage: str) -> None:
        """Have the trainer tell the watch."""
        del stage
        if self.trainer is not None:
            self.trainer.callbacks.append(self.watch)


def configure(backbone: Any, folder: Path) -> HeadTraining:  # noqa: ANN401 - checked within
    """Return a head as configs/train/head-densenet121-3d.yaml has it."""
    return HeadTraining(
        export=folder,
        cohort=folder / "cohort.csv",
        network=HeadConfig(backbone=backbone, in_channels=2, dropout=0.2),
        input=InputConfig(plane="volume", window_hu=(-200.0, 600.0), mask_channel=True),
        grid=PatchGrid(SHAPE, SPACING_MM),
    )


def run(backbone: str, folder: Path, *, steps: int, fit_config: FitConfig) -> Stopwatch:
    """Fit one epoch of so many steps and return what they took."""
    head = configure(backbone, folder)
    training, validation = _examples(folder, steps * fit_config.batch_size, fit_config.batch_size)
    network = build_scaled(head.network, training, seed=1)
    loss = HeadLoss(head.network, head.loss, torch.from_numpy(training.targets))
    prepare = Preparation(head, spacing_mm=head.grid.spacing_mm)
    data = _TimedData(
        training, validation, batch_size=fit_config.batch_size, seed=1, workers=fit_config.workers
    )
    data.watch = Stopwatch()
    step = HeadStep(data.watch.timed(prepare), loss)  # type: ignore[arg-type]
    fit(network, step, data, config=fit_config, out=folder / "fit", seed=1)
    return data.watch


def _examples(folder: Path, *counts: int) -> list[PatchExamples]:
    hu, inside, bmd = read_patches(folder)
    patches = PatchSet(
        rows=(),
        hu=hu,
        inside=inside,
        study=np.arange(len(bmd)),
        levels=(VertebralLevel.L1,) * len(bmd),
        sha256="",
    )
    targets = np.full((len(bmd), 4), np.nan, dtype=np.float32)
    targets[:, 0] = bmd
    # Patches come again within an epoch, so that nothing but steps is timed.
    chosen = [np.resize(np.arange(len(bmd)), count) for count in counts]
    return [PatchExamples(patches, group(patches, k, by_patient=False), targets) for k in chosen]
