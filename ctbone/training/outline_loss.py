"""What the outliner's training minimises."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ctbone.networks.blocks import BLOCK, fold
from ctbone.networks.outliner import OWN_BODY

#: Weight of the body asked for, of its arch and of other bodies.
_WEIGHTS = (1.0, 0.4, 0.3)

#: Brings cross entropy, a mean over voxels that mostly lie in nothing, to the size of Dice.
_ENTROPY_WEIGHT = 10.0


def outliner_loss(outputs: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Cross entropy of shares, plus soft Dice with squares, of each part.

    Both are least where the answer is the share itself, so that a surface is learnt to a fraction
    of a voxel and no volume is pushed up or down.

    Args:
        outputs: Logits of each block, as the outliner returns them.
        targets: Share of each voxel in each part, 0 to 1, shape ``(N, 3, L, P, S)``.
    """
    # Targets are folded and not outputs unfolded: the gradient of the latter moves much memory.
    logits = torch.split(outputs.float(), BLOCK**3, dim=1)
    shares = torch.split(fold(targets), BLOCK**3, dim=1)
    loss = outputs.new_zeros((), dtype=torch.float32)
    for weight, part, share in zip(_WEIGHTS, logits, shares, strict=True):
        entropy = functional.binary_cross_entropy_with_logits(part, share)
        loss = loss + weight * (_ENTROPY_WEIGHT * entropy + _dice_loss(part.sigmoid(), share))
    with torch.no_grad():
        figures = _figures(logits[OWN_BODY], shares[OWN_BODY])
    return loss, figures


def _dice_loss(found: Tensor, share: Tensor) -> Tensor:
    """Return 1 less the soft Dice of a whole batch, since a part can be absent from a crop."""
    both = 2.0 * (found * share).sum()
    return 1.0 - (both + 1.0) / (found.square().sum() + share.square().sum() + 1.0)


def _figures(logits: Tensor, share: Tensor) -> dict[str, Tensor]:
    """Return Dice of the bodies, and how much too large they are, as a share."""
    found, truth = (logits > 0.0).float(), (share >= 0.5).float()
    sides = (1, 2, 3, 4)
    sizes = found.sum(sides) + truth.sum(sides)
    dice = 2.0 * (found * truth).sum(sides) / sizes.clamp(min=1.0)
    excess = found.sum() / truth.sum().clamp(min=1.0) - 1.0
    return {"body_dice": dice.mean(), "body_excess": excess}
