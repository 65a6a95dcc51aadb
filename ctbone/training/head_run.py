"""One run of ``ctbone train`` that makes a head."""

from __future__ import annotations

from pathlib import Path

import torch

from ctbone.estimation import TrainedHead, TrainingRecord, write_model
from ctbone.networks import build_head, load_pretrained
from ctbone.runs import RunLog
from ctbone.training.data import ExampleData
from ctbone.training.fit import fit
from ctbone.training.fitting import FitConfig
from ctbone.training.losses import LOSSES
from ctbone.training.patients import HeadTraining, gather_patches, patch_examples, set_scale


def train_head(
    head: HeadTraining, *, out: Path, seed: int, fit_config: FitConfig, log: RunLog
) -> dict[str, float]:
    """Cut the patches of a cohort, fit a head on them and write ``<out>/model``.

    Returns:
        Validation figures of the best epoch, by name.

    Raises:
        NothingUsable: If no study of the cohort yields a patch to train on or to validate with.
        ValueError: If a path of the configuration is not there.
        WeightsMismatch: If the ImageNet weights of the configuration do not fit the network.
    """
    with log.stage("patches"):
        patches = gather_patches(head, folder=out / "patches", log=log)
    training, validation = patch_examples(patches, head)
    torch.manual_seed(seed)
    network = build_head(head.network)
    if head.network.pretrained is not None:
        load_pretrained(network, head.network.pretrained)
    set_scale(network, training)
    data = ExampleData(
        training,
        validation,
        batch_size=fit_config.batch_size,
        seed=seed,
        workers=fit_config.workers,
    )
    with log.stage("fit"):
        loss = LOSSES[head.network.task]
        figures = fit(network, loss, data, config=fit_config, out=out, seed=seed)
    trained = TrainedHead(
        network_config=head.network,
        input_config=head.input,
        grid=head.grid,
        networks=(network,),
        validation=figures,
        training=TrainingRecord(seed=seed, details={"fit": fit_config, "counts": log.counts}),
    )
    write_model(out / "model", trained)
    return figures
