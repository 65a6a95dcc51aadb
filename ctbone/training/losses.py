"""What training minimises: outputs and targets in, one number and its parts out."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from ctbone.networks.blocks import BLOCK, fold
from ctbone.networks.localiser import LocaliserConfig, names

#: Share of what nobody has looked for: it teaches nothing.
UNKNOWN_SHARE = -1.0


class Loss(Protocol):
    """A loss and the parts of it that a log should show."""

    def __call__(self, outputs: Tensor, targets: Tensor, /) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss, a scalar, and named scalars for the log."""
        ...


class LocaliserLoss:
    """Heat, bodies and context by cross entropy, levels and kinds too where there is one.

    Args:
        config: What the channels of outputs and targets are.
    """

    def __init__(self, config: LocaliserConfig) -> None:
        self._config = config

    def __call__(self, outputs: Tensor, targets: Tensor, /) -> tuple[Tensor, dict[str, Tensor]]:
        """Compare what the localiser says with ``to_targets``.

        Args:
            outputs: Logits of each block, as the localiser returns them.
            targets: Heat, body share, index of the level plus one or 0 for none, that of the kind,
                then M context shares, shape ``(N, 4 + M, L, P, S)``. Heat and shares run from 0 to
                1, or are ``UNKNOWN_SHARE`` where they are not to count.
        """
        outputs = outputs.float()
        # Targets are folded and not outputs unfolded, whose gradient would move much memory.
        count = self._config.place_channels
        parts = outputs[:, : count * BLOCK**3].chunk(count, dim=1)
        places = torch.cat((targets[:, :2], targets[:, 4:]), dim=1)
        shares = fold(places).chunk(count, dim=1)
        heat = _weighted(parts[0], shares[0], weight=20.0)
        body, *context = (_overlap(a, b) for a, b in zip(parts[1:], shares[1:], strict=True))
        around = torch.stack(context).mean()
        level, kind = (
            _name_loss(logits, index, targets[:, 1])
            for logits, index in zip(
                names(outputs, self._config), targets[:, 2:4].unbind(1), strict=True
            )
        )
        # Levels stay in doubt wherever no landmark is in view: weighed as high as the rest, their
        # loss would be most of the sum, and its noise most of every step.
        loss = 8.0 * heat + body + around + 0.04 * level + 0.2 * kind
        return loss, {"heat": heat, "body": body, "context": around, "level": level, "kind": kind}


def _weighted(logits: Tensor, share: Tensor, *, weight: float) -> Tensor:
    """Return binary cross entropy, with more weight where there is something to find."""
    logits, share = _known(logits, share)
    if not share.numel():
        return logits.sum()
    entropy = functional.binary_cross_entropy_with_logits(logits, share, reduction="none")
    return ((1.0 + weight * share) * entropy).mean()


def _overlap(logits: Tensor, share: Tensor) -> Tensor:
    """Return one less the soft Dice of a structure (Milletari et al., 3DV 2016), and its entropy.

    Entropy alone hardly moves a structure that fills a hundredth of the field.
    """
    logits, share = _known(logits, share)
    if not share.numel():
        return logits.sum()
    found = logits.sigmoid()
    both = (found * share).sum()
    dice = (2.0 * both + 1.0) / (found.sum() + share.sum() + 1.0)
    return 1.0 - dice + 4.0 * functional.binary_cross_entropy_with_logits(logits, share)


def _known(logits: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Return the voxels whose share is known, in a row unless that is all of them."""
    known = share > UNKNOWN_SHARE
    return (logits, share) if bool(known.all()) else (logits[known], share[known])


def _name_loss(logits: Tensor, index: Tensor, body: Tensor) -> Tensor:
    """Return the mean cross entropy of bodies plus half that of the ribs and arches they carry.

    A block that two vertebrae share counts as the lower one's, and as a body's before a rib's.
    """
    in_body = index * (body >= 0.5)
    bodies, all_ = (functional.max_pool3d(part, BLOCK).long() for part in (in_body, index))
    around = torch.where(bodies > 0, 0, all_)
    return _entropy(logits, bodies, bodies > 0) + 0.5 * _entropy(logits, around, around > 0)


def _entropy(logits: Tensor, index: Tensor, where: Tensor) -> Tensor:
    if not bool(where.any()):
        return logits.sum() * 0.0
    return functional.cross_entropy(logits.permute(0, 2, 3, 4, 1)[where], index[where] - 1)
