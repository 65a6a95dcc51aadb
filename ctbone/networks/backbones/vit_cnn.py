"""A vision transformer and a CNN side by side."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ctbone.networks.backbones.checkpointing import prepare_checkpointing, run_stage
from ctbone.networks.backbones.configuration import BackboneConfig
from ctbone.networks.backbones.encoder import Encoder
from ctbone.networks.backbones.resnet import build_resnet

#: The small ViT of Touvron et al., ICML 2021, table 1: 12 blocks, 6 heads of 64 channels.
_BLOCKS, _HEADS, _HEAD_CHANNELS = 12, 6, 64

#: Inferred: pixels along a patch; the usual 16 leave too few of a crop of one vertebra.
_PATCH = 8

#: Longest wavelength of the positions (Vaswani et al., NeurIPS 2017).
_LONGEST = 10_000.0


class ViTCNN(Encoder):
    """A ViT and a ResNet-18 whose features are joined; two dimensions.

    Kuo et al., Int J Med Inform 2025. Known: predictions of ViT and CNN models, weighted and
    combined. Inferred: which ViT and which CNN. A linear layer on the joined features is the sum
    of a linear answer of each branch, so that the weights of the ensemble are learned.

    Args:
        config: What it is built from.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.cnn = build_resnet("resnet18", config)
        self.vit = _Transformer(config)
        self.features = self.cnn.features + self.vit.features

    def forward(self, inputs: Tensor) -> Tensor:
        """Map ``(N, C, H, W)`` to ``(N, features)``."""
        return torch.cat((self.cnn(inputs), self.vit(inputs)), dim=1)


class _Transformer(nn.Module):
    """The class token of a ViT (Dosovitskiy et al., ICLR 2021) for images of any size."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        # Positions need channels by fours.
        self.features = _HEADS * 4 * max(1, round(config.width * _HEAD_CHANNELS / 4))
        self.patches = nn.Conv2d(config.in_channels, self.features, _PATCH, stride=_PATCH)
        self.token = nn.Parameter(torch.zeros(self.features))
        self.blocks = nn.ModuleList(_Block(self.features) for _ in range(_BLOCKS))
        self.norm = nn.LayerNorm(self.features)
        self._checkpointing = config.checkpointing
        if config.checkpointing:
            prepare_checkpointing()
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        height, width = inputs.shape[2:]
        # To whole patches, with zeros: the lower end of the window.
        inputs = functional.pad(inputs, (0, -width % _PATCH, 0, -height % _PATCH))
        grid = self.patches(inputs)
        tokens = grid.flatten(2).transpose(1, 2) + _positions(grid)
        tokens = torch.cat((self.token.to(tokens.dtype).expand(len(tokens), 1, -1), tokens), dim=1)
        for block in self.blocks:
            tokens = run_stage(block, tokens, checkpointing=self._checkpointing)
        summary: Tensor = self.norm(tokens[:, 0])
        return summary


class _Block(nn.Module):
    """Attention and a perceptron, each normalised before and added to its input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.queries_keys_values = nn.Linear(channels, 3 * channels)
        self.mix = nn.Linear(channels, channels)
        self.perceptron = nn.Sequential(
            nn.LayerNorm(channels),
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        parts = self.queries_keys_values(self.norm(tokens)).unflatten(2, (3, _HEADS, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(queries, keys, values)
        tokens = tokens + self.mix(mixed.transpose(1, 2).flatten(2))
        deeper: Tensor = tokens + self.perceptron(tokens)
        return deeper


def _positions(grid: Tensor) -> Tensor:
    """Return sines and cosines of row and column, shape ``(H W, F)``, for ``(N, F, H, W)``.

    Fixed, and not learned, so that an image of another size needs no interpolation of weights.
    """
    _, channels, height, width = grid.shape
    quarter = torch.arange(channels // 4, device=grid.device) / (channels // 4)
    rows, columns = (torch.arange(n, device=grid.device) for n in (height, width))
    down, along = (torch.outer(line, _LONGEST**-quarter) for line in (rows, columns))
    down, along = down.repeat_interleave(width, dim=0), along.repeat(height, 1)
    parts = (down.sin(), down.cos(), along.sin(), along.cos())
    return torch.cat(parts, dim=1).to(grid.dtype)
