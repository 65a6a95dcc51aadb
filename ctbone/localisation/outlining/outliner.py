"""The fine stage: vertebrae outlined in their own frames, at about a millimetre.

The coarse stage says where the bodies of a row lie, to some millimetres. A network then looks at
each of those asked for, cut out along the curve of the spine, and parts its body from its arch and
from its neighbours. Where the body turns out to lie elsewhere, or to face another way, than the
crop, it is cut out and looked at once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.localisation.cards import read_card
from ctbone.localisation.outlining.body import spine_tangents, vertebra_axes
from ctbone.localisation.outlining.crops import crop_grid, to_outliner_input
from ctbone.localisation.outlining.parts import arch_mask, axes_of, body_mask
from ctbone.localisation.outlining.solids import centroid_mm, lies_in
from ctbone.networks.outliner import OWN_ARCH, OWN_BODY, OutlinerConfig
from ctbone.records import BodyMask
from ctbone.resampling import sample_onto
from ctbone.volume import CTVolume

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float64]

#: Crops that the network takes at a time, so that its memory stays bounded.
_BATCH = 4

#: How far a crop may lie beside the body, millimetres, and askew, degrees, before the body is cut
#: out again: half of what the network learns to put up with.
_BESIDE_MM, _ASKEW_DEG = 4.0, 8.0

#: How far inside the field a body has to end, millimetres, and at least before the middle of the
#: last slice: nothing is known beyond it.
_CLEAR_MM = 1.0

#: A body that is this much smaller than the median of those about it is a part of one, seen from a
#: place between two: a collapsed one keeps half of its volume.
_LEAST_SHARE = 0.4

#: How far above and below such a place a body is looked for, millimetres: half of the distance
#: between the centres of the smallest bodies that are measured.
_ABOVE_MM = 12.0

#: Bodies whose centres lie nearer to each other than this are one, millimetres.
_SAME_MM = 10.0


@dataclass(frozen=True, eq=False)
class Outline:
    """One vertebra, outlined.

    Attributes:
        body: Its body.
        arch: Its arch with all processes, as far as the crop reaches; ``None`` where none is seen.
        centre_mm: Centre of gravity of the body, LPS millimetres, shape ``(3,)``.
        axes: Its own left, posterior and superior as columns, shape ``(3, 3)``.
        is_whole: Whether all of the body lies in the field of view, clear of its edges.
    """

    body: BodyMask
    arch: BodyMask | None
    centre_mm: Floats
    axes: Floats
    is_whole: bool


@dataclass(frozen=True, eq=False)
class VertebraOutliner:
    """Outline vertebrae with a network.

    Attributes:
        network: Built by ``build_outliner`` from ``config``, with its weights, on its device.
        config: What the network is and takes.
        is_half: Whether it computes in bfloat16, which is about twice as fast.
        sha256: Digest of its weights; empty where they come from no file.
    """

    network: nn.Module = field(repr=False)
    config: OutlinerConfig
    is_half: bool = True
    sha256: str = ""

    def __call__(
        self, volume: CTVolume, centres_mm: Floats, numbers: Sequence[int], /
    ) -> list[Outline | None]:
        """Outline some of a row of vertebrae.

        Args:
            volume: The CT.
            centres_mm: Centres of all bodies from cranial to caudal, LPS millimetres, ``(N, 3)``.
            numbers: Which of them to outline.

        Returns:
            As many as ``numbers``, ``None`` where no body shows.
        """
        tangents = spine_tangents(list(centres_mm))
        frames = [(centres_mm[n], vertebra_axes(tangents[n])) for n in numbers]
        found = self._look(volume, frames)
        strayed = {
            n: (one.centre_mm, one.axes)
            for n, (frame, one) in enumerate(zip(frames, found, strict=True))
            if one is not None and _is_elsewhere(one, *frame)
        }
        for n, one in zip(strayed, self._look(volume, list(strayed.values())), strict=True):
            found[n] = one or found[n]
        return self._look_beside(volume, frames, found)

    def _look_beside(
        self,
        volume: CTVolume,
        frames: Sequence[tuple[Floats, Floats]],
        found: list[Outline | None],
    ) -> list[Outline | None]:
        """Look above and below each place that showed less than a body."""
        least = _LEAST_SHARE * np.median([one.body.volume_mm3 for one in found if one] or [0.0])
        better = list(found)
        for n, ((centre, axes), one) in enumerate(zip(frames, found, strict=True)):
            if one is not None and one.body.volume_mm3 >= least:
                continue
            beside = [(centre + way * _ABOVE_MM * axes[:, 2], axes) for way in (-1.0, 1.0)]
            # What was just found beside another place is not found again.
            others = [other for m, other in enumerate(better) if other and m != n]
            seen = [two for two in self._look(volume, beside) if two and _is_new(two, others)]
            better[n] = max([one, *seen], key=lambda two: two.body.volume_mm3 if two else 0.0)
        return better

    def _look(
        self, volume: CTVolume, frames: Sequence[tuple[Floats, Floats]]
    ) -> list[Outline | None]:
        found: list[Outline | None] = []
        for first in range(0, len(frames), _BATCH):
            found += self._look_at_few(volume, frames[first : first + _BATCH])
        return found

    def _look_at_few(
        self, volume: CTVolume, frames: Sequence[tuple[Floats, Floats]]
    ) -> list[Outline | None]:
        grids = [crop_grid(centre, axes, config=self.config) for centre, axes in frames]
        outside = self.config.padding_hu
        crops = [sample_onto(volume.hu, volume.affine, grid, outside=outside) for grid in grids]
        inputs = np.stack([to_outliner_input(hu, config=self.config) for hu in crops])
        shares = map_parts(inputs, network=self.network, is_half=self.is_half)
        return [
            _outline(share, grid.affine, axes, volume)
            for share, grid, (_, axes) in zip(shares, grids, frames, strict=True)
        ]


def map_parts(
    inputs: NDArray[np.float32], *, network: nn.Module, is_half: bool
) -> NDArray[np.float32]:
    """Return how much of each voxel of some crops lies in each part, ``(N, 3, L, P, S)``.

    Args:
        inputs: As ``to_outliner_input`` gives them, shape ``(N, W, L, P, S)``.
        network: The outliner.
        is_half: Whether it computes in bfloat16.
    """
    import torch

    from ctbone.networks.blocks import unfold

    device = next(network.parameters()).device
    with (
        torch.inference_mode(),
        torch.autocast(device.type, torch.bfloat16, enabled=is_half),
    ):
        logits = network(torch.from_numpy(inputs).to(device))
        shares = unfold(logits.float().sigmoid()).cpu().numpy()
    return np.asarray(shares, dtype=np.float32)


def read_outliner(weights: Path, *, device: str = "cpu") -> VertebraOutliner:
    """Read an outliner and the card that ``ctbone train`` wrote beside its weights.

    Raises:
        ValueError: If there are no such weights, no card beside them, or the card is of no
            outliner.
        WeightsMismatch: If the weights are not those of the card.
    """
    from ctbone.networks import for_inference
    from ctbone.networks.outliner import build_outliner

    card = read_card(weights, of="an outliner")
    config = card.build(OutlinerConfig, "network")
    network = build_outliner(config)
    sha256 = card.load(network)
    return VertebraOutliner(for_inference(network.to(device)), config, sha256=sha256)


def _outline(
    share: NDArray[np.float32], affine: Floats, axes: Floats, volume: CTVolume
) -> Outline | None:
    body = body_mask(share[OWN_BODY], affine)
    if body is None:
        return None
    arch = arch_mask(share[OWN_ARCH], affine)
    centre, own = centroid_mm(body), axes_of(body, arch, axes)
    return Outline(
        body=body,
        arch=arch,
        centre_mm=centre,
        axes=own,
        is_whole=lies_in(body, volume.grid, clear_mm=_CLEAR_MM),
    )


def _is_new(outline: Outline, others: Sequence[Outline]) -> bool:
    """Say whether a body is none of those that were outlined already."""
    return all(np.linalg.norm(outline.centre_mm - o.centre_mm) > _SAME_MM for o in others)


def _is_elsewhere(outline: Outline, centre_mm: Floats, axes: Floats) -> bool:
    """Say whether a body lies beside the middle of its crop, or askew in it."""
    beside = float(np.linalg.norm(outline.centre_mm - centre_mm))
    cosine = 0.5 * (float(np.trace(axes.T @ outline.axes)) - 1.0)
    askew = float(np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))))
    return beside > _BESIDE_MM or askew > _ASKEW_DEG
