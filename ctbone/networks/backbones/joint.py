"""Outline a vertebra and its surface, and let both say where to look."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ctbone.networks.backbones.configuration import BackboneConfig
from ctbone.networks.backbones.encoder import Encoder, mean_over_space
from ctbone.networks.backbones.layers import LINEAR, convolution, convolve
from ctbone.networks.backbones.resnet import STAGE_CHANNELS, build_resnet
from ctbone.networks.tasks import Extra

#: Keeps a mean finite where nothing is outlined.
_LEAST_WEIGHT = 1e-6


class Joint(Encoder):
    """An encoder and a decoder whose outlines weigh the features that are pooled.

    Zhang et al., Comput Intell Neurosci 2023;2023:3018320. Known: localisation, segmentation and
    classification in one network; a branch that regresses a heat map of the boundary; gates on
    the features of the classification; features of segmentation and classification joined; levels
    weighed against each other, for which ``pooling="attention"`` stands here. Inferred: ResNet-34
    as the encoder, a decoder of one convolution a stage, and as gates the body and the heat
    themselves. The crop is cut round one vertebra, which leaves no localisation to be done.

    Args:
        config: What it is built from.
    """

    extras: tuple[Extra, ...] = ("body", "boundary")

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.encoder = build_resnet("resnet34", config)
        self.decoder = _Decoder(config)
        self.outlines = convolution(config.dimensions, self.decoder.channels, 2, kernel=1)
        self.features = self.encoder.features + 2 * self.decoder.channels
        self._mode = LINEAR[config.dimensions]

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, C, [D,] H, W)`` to ``(N, features)``."""
        return self._look(inputs)[0]

    def encode(self, inputs: Tensor) -> tuple[Tensor, dict[Extra, Tensor]]:
        """Return features, and the logits of body and boundary at the size of the input."""
        features, outlines = self._look(inputs)
        whole = functional.interpolate(
            outlines, inputs.shape[2:], mode=self._mode, align_corners=False
        )
        body, boundary = whole.chunk(2, dim=1)
        return features, {"body": body, "boundary": boundary}

    def _look(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.encoder.maps(inputs)
        fine = self.decoder(maps)
        outlines = self.outlines(fine)
        pooled = [_weighted_mean(fine, part.sigmoid()) for part in outlines.chunk(2, dim=1)]
        return torch.cat((mean_over_space(maps["layer4"]), *pooled), dim=1), outlines


class _Decoder(nn.Module):
    """Features of every stage at half the size of the input (Lin et al., CVPR 2017)."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.channels = config.scaled(STAGE_CHANNELS[0])
        stages = {f"layer{n + 1}": width for n, width in enumerate(STAGE_CHANNELS)}
        given = {"stem": STAGE_CHANNELS[0], **stages}
        self.across = nn.ModuleDict(
            {
                name: convolution(config.dimensions, config.scaled(width), self.channels, kernel=1)
                for name, width in given.items()
            }
        )
        self.smooth = nn.ModuleDict(
            {
                name: nn.Sequential(*convolve(config.dimensions, self.channels, self.channels))
                for name in given
                if name != "layer4"
            }
        )

    def forward(self, maps: dict[str, Tensor]) -> Tensor:
        fine: Tensor = self.across["layer4"](maps["layer4"])
        for name in ("layer3", "layer2", "layer1", "stem"):
            # Nearest neighbours: their gradient on a GPU does not depend on the order of sums.
            coarse = functional.interpolate(fine, maps[name].shape[2:], mode="nearest")
            fine = self.smooth[name](coarse + self.across[name](maps[name]))
        return fine


def _weighted_mean(maps: Tensor, weights: Tensor) -> Tensor:
    """Map ``(N, F, [D,] H, W)`` and ``(N, 1, [D,] H, W)`` to ``(N, F)``."""
    weights = weights.flatten(2).float()
    total = (maps.flatten(2).float() * weights).sum(dim=2)
    return total / weights.sum(dim=2).clamp(min=_LEAST_WEIGHT)
