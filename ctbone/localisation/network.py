"""The native locator: a coarse network finds and names the vertebrae, a fine one outlines them.

A level is named only when its probability reaches ``DecodeConfig.min_confidence`` and it was
counted from a landmark in view. Below that the vertebra carries the reason and both readings,
because a wrong level is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason, SpineNotFound
from ctbone.localisation.cards import read_card
from ctbone.localisation.naming import Candidate, DecodeConfig, Reading, read_levels
from ctbone.localisation.naming.anchors import Anchor, find_anchors
from ctbone.localisation.naming.maps import Maps, find_candidates, map_volume
from ctbone.localisation.outlining import spine_tangents, vertebra_axes, vertebra_body
from ctbone.localisation.outlining.outliner import VertebraOutliner, read_outliner
from ctbone.localisation.trust import assessed_levels
from ctbone.morphometry import with_morphometry
from ctbone.networks.localiser import LocaliserConfig
from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume, Grid

if TYPE_CHECKING:
    from torch import nn


#: What the network has to map beside bodies, and may be trained without: vertebrae are parted by
#: their discs, and told apart by their ribs.
_NEEDED = ("discs", "ribs")


@dataclass(frozen=True, eq=False)
class NetworkLocator:
    """Find vertebrae with two networks.

    Attributes:
        network: Built by ``build_localiser`` from ``config``, with its weights.
        config: What the network is and takes.
        decode: How its maps become vertebrae.
        outline: Outlines the levels that matter; without it all outlines are coarse.
        levels: What is asked for; they and their neighbours are outlined finely.
        sha256: Digest of the weights of ``network``; empty where they come from no file.

    Raises:
        ValueError: If the network does not map what the bodies are found and named by.
    """

    network: nn.Module = field(repr=False)
    config: LocaliserConfig
    decode: DecodeConfig = field(default_factory=DecodeConfig)
    outline: VertebraOutliner | None = None
    levels: tuple[VertebralLevel, ...] = (VertebralLevel.L1, VertebralLevel.L2)
    sha256: str = ""

    def __post_init__(self) -> None:
        if absent := [name for name in _NEEDED if name not in self.config.context]:
            raise ValueError(
                f"expected a network that maps {' and '.join(absent)} too, found none"
            )

    @property
    def digests(self) -> dict[str, str]:
        """Digests of the weights, by network."""
        fine = {} if self.outline is None else {"outliner": self.outline.sha256}
        return {"localiser": self.sha256} | fine

    def __call__(self, volume: CTVolume, /) -> tuple[VertebraLocalisation, ...]:
        """Return every vertebra in view, from cranial to caudal.

        One whose level cannot be told has the reason ``level_uncertain`` and both readings.

        Raises:
            SpineNotFound: If no row of vertebral bodies is seen.
        """
        maps = map_volume(volume, network=self.network, config=self.config)
        chain = find_candidates(maps, config=self.decode)
        if len(chain) < self.decode.min_vertebrae:
            raise SpineNotFound(
                f"expected a row of at least {self.decode.min_vertebrae} vertebral bodies, "
                f"found {len(chain)} in {volume.hu.shape} voxels of {_shown(volume.spacing_mm)} mm"
            )
        reading = read_levels(chain, levels=self.config.vertebral_levels, config=self.decode)
        anchors = find_anchors(chain, reading)
        coarse = _outline_coarsely(chain, reading, maps, volume)
        return self._outlined(self._judged(coarse, reading, anchors), volume)

    def under_names(
        self, names: Mapping[VertebralLevel, VertebralLevel | None], /
    ) -> NetworkLocator:
        """Return one that outlines vertebrae finely, too, which a person will call these levels.

        Args:
            names: What they will be called, by what it calls them.
        """
        wanted = assessed_levels(self.levels)
        meant = (old for old, new in names.items() if new in wanted)
        return replace(self, levels=tuple(dict.fromkeys((*self.levels, *meant))))

    def _judged(
        self,
        vertebrae: tuple[VertebraLocalisation, ...],
        reading: Reading,
        anchors: tuple[Anchor, ...],
    ) -> tuple[VertebraLocalisation, ...]:
        """Say of each vertebra whether its level is sure enough to measure it under that name."""
        counted = len(anchors) >= self.decode.min_landmarks
        seen = ", ".join(map(str, anchors)) or "neither first ribs, last ribs nor sacrum in view"
        judged = []
        for number, vertebra in enumerate(vertebrae):
            sure = vertebra.confidence >= self.decode.min_confidence
            if counted and sure and reading.levels.count(vertebra.level) == 1:
                judged.append(vertebra)
                continue
            detail = f"{_ranked(reading, number)}; {len(vertebrae)} vertebrae, {seen}"
            judged.append(replace(vertebra, reason=Reason.LEVEL_UNCERTAIN, detail=detail))
        return tuple(judged)

    def _outlined(
        self, vertebrae: tuple[VertebraLocalisation, ...], volume: CTVolume
    ) -> tuple[VertebraLocalisation, ...]:
        """Outline and measure the levels that matter in their own frames.

        The others stay as they are: a coarse outline is right to a voxel of the map, which is a
        tenth of a height.
        """
        if self.outline is None:
            return tuple(v if v.body is None else with_morphometry(v) for v in vertebrae)
        found = list(vertebrae)
        wanted = assessed_levels(self.levels)
        numbers = [n for n, vertebra in enumerate(vertebrae) if vertebra.level in wanted]
        centres = np.asarray([vertebra.centroid_mm for vertebra in vertebrae])
        for number, outline in zip(numbers, self.outline(volume, centres, numbers), strict=True):
            if outline is not None:
                fine = replace(
                    vertebrae[number],
                    centroid_mm=_triple(outline.centre_mm),
                    axes=outline.axes,
                    body=outline.body,
                    is_whole=outline.is_whole,
                )
                # Its axes are settled already.
                found[number] = with_morphometry(fine, refine_axes=False)
        return tuple(found)


def read_locator(
    weights: Path,
    *,
    outliner: Path | None,
    levels: Sequence[VertebralLevel],
    device: str,
) -> NetworkLocator:
    """Read a localiser and the card that ``ctbone train`` wrote beside its weights.

    Args:
        weights: Of the localiser.
        outliner: Weights of the outliner, if there is one.
        levels: What is asked for.
        device: Where both run.

    Raises:
        ValueError: If there are no such weights, no card beside them, or the card is of no
            localiser.
        WeightsMismatch: If the weights are not those of the card.
    """
    from ctbone.networks import build_localiser, for_inference

    card = read_card(weights, of="a localiser")
    config = card.build(LocaliserConfig, "network")
    network = build_localiser(config)
    sha256 = card.load(network)
    decode = card.build(DecodeConfig, "decode")
    return NetworkLocator(
        for_inference(network.to(device)),
        config,
        decode,
        outline=None if outliner is None else read_outliner(outliner, device=device),
        levels=tuple(levels),
        sha256=sha256,
    )


def _outline_coarsely(
    chain: list[Candidate], reading: Reading, maps: Maps, volume: CTVolume
) -> tuple[VertebraLocalisation, ...]:
    """Give every vertebra of the chain its body, its axes and the probability of its level."""
    centres = np.stack([c.position_mm for c in chain])
    tangents = spine_tangents([c.position_mm for c in chain])
    # The map can end a little before the volume does.
    grids = (volume.grid, Grid(maps.heat.shape, maps.affine))
    found = []
    for i, (level, confidence) in enumerate(zip(reading.levels, reading.confidences, strict=True)):
        axes = vertebra_axes(tangents[i])
        body = vertebra_body(maps.body, maps.affine, centres=centres, number=i, axes=axes)
        found.append(
            VertebraLocalisation(
                level=level,
                centroid_mm=_triple(centres[i] if body is None else body.centre_mm),
                axes=axes if body is None else body.axes,
                confidence=float(confidence),
                runner_up=reading.runners_up[i],
                body=None if body is None else body.mask,
                is_whole=body is not None and all(body.lies_in(grid) for grid in grids),
            )
        )
    return tuple(found)


def _ranked(reading: Reading, number: int) -> str:
    """Return the levels that one vertebra may have, the likeliest first."""
    named, other = reading.levels[number], reading.runners_up[number]
    second = float(reading.share_of((other,))[number])
    return f"{named.name} ({reading.confidences[number]:.2f}) or {other.name} ({second:.2f})"


def _triple(position: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in position)
    return x, y, z


def _shown(values: tuple[float, float, float]) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in values) + ")"
