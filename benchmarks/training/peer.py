"""The other side: the same network as a user of MONAI and Lightning would train it.

CacheDataset, DataLoader, MONAI's dictionary transforms on the processor, and the defaults of
Lightning's trainer but for the precision where bfloat16 is asked for. Transforms vary what ctbone
varies as far as MONAI can: place, turn, mirror image, sharpness either way, noise, slope and
offset; contrast agent, slices and metal have no counterpart. Everything that ctbone does to every
example is done to every example.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytorch_lightning as lightning
import torch
from monai import transforms
from monai.data import CacheDataset, DataLoader
from monai.networks.nets import DenseNet121, ResNet
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.training.examples import read_patches
from benchmarks.training.stopwatch import Stopwatch

_BOTH = ("image", "mask")

#: What Lightning calls float32, which is its default, and bfloat16 where that is safe.
PeerPrecision = Literal["32-true", "bf16-mixed"]


def build(backbone: str) -> nn.Module:
    """Return MONAI's network with the sizes of ctbone's head: two channels in, two numbers out."""
    if backbone == "densenet121":
        densenet: nn.Module = DenseNet121(spatial_dims=3, in_channels=2, out_channels=2)
        return densenet
    resnet: nn.Module = ResNet(
        "basic",
        [2, 2, 2, 2],
        [64, 128, 256, 512],
        n_input_channels=2,
        conv1_t_stride=2,
        num_classes=2,
        bias_downsample=False,
    )
    return resnet


def variation() -> Any:  # noqa: ANN401 - MONAI is not typed
    """Return the transforms of a training example."""
    turn = math.radians(6.0)
    return transforms.Compose(
        [
            transforms.EnsureTyped(_BOTH),
            transforms.RandAffined(
                _BOTH,
                prob=1.0,
                rotate_range=(turn,) * 3,
                translate_range=(4.0,) * 3,
                mode=("bilinear", "nearest"),
                padding_mode="border",
            ),
            transforms.RandFlipd(_BOTH, prob=0.5, spatial_axis=0),
            transforms.OneOf(
                [
                    transforms.RandGaussianSmoothd("image", prob=1.0),
                    transforms.RandGaussianSharpend("image", prob=1.0),
                ]
            ),
            transforms.RandGaussianNoised("image", prob=1.0, std=15.0),
            transforms.RandScaleIntensityd("image", factors=0.02, prob=1.0),
            transforms.RandShiftIntensityd("image", offsets=2.0, prob=1.0),
            transforms.ScaleIntensityRanged("image", -200.0, 600.0, 0.0, 1.0, clip=True),
            transforms.ConcatItemsd(_BOTH, "inputs"),
            transforms.SelectItemsd(("inputs", "bmd")),
        ]
    )


class PlainFit(lightning.LightningModule):
    """A network that answers a density and the logarithm of its variance."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def training_step(self, batch: dict[str, Tensor]) -> Tensor:
        """Return the loss of one batch."""
        mean, log_variance = self.network(batch["inputs"]).unbind(dim=1)
        wanted = (batch["bmd"] - 120.0) / 46.0
        loss = functional.gaussian_nll_loss(mean, wanted, log_variance.exp())
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return AdamW."""
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


def run(
    backbone: str,
    folder: Path,
    *,
    steps: int,
    batch_size: int,
    workers: int,
    precision: PeerPrecision,
) -> Stopwatch:
    """Fit one epoch of so many steps and return what they took."""
    lightning.seed_everything(1, verbose=False)
    hu, inside, bmd = read_patches(folder)
    examples = [
        {
            "image": np.array(hu[k : k + 1]),
            "mask": np.array(inside[k : k + 1], dtype=np.float32),
            "bmd": float(bmd[k]),
        }
        for k in range(len(bmd))
    ]
    data = CacheDataset(examples, variation(), cache_rate=1.0, progress=False)
    # Patches come again within an epoch, so that nothing but steps is timed.
    order = np.random.default_rng(1).permutation(
        np.resize(np.arange(len(bmd)), steps * batch_size)
    )
    loader = DataLoader(data, batch_size=batch_size, sampler=order.tolist(), num_workers=workers)
    watch = Stopwatch()
    trainer = lightning.Trainer(
        max_epochs=1, default_root_dir=folder / "peer", callbacks=[watch], precision=precision
    )
    trainer.fit(PlainFit(build(backbone)), loader)
    return watch
