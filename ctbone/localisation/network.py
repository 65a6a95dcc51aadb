"""The native locator: one pass of a network over the coarse volume, then ``decode``.

A level is named only when its probability reaches ``DecodeConfig.min_confidence`` and a landmark
in view agrees with it (``anchors``). Below that the study is refused with both readings, because a
wrong level is worse than none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.errors import LevelNotInField, LevelUncertain, SpineNotFound, WeightsMismatch
from ctbone.localisation.anchors import Anchor, find_anchors
from ctbone.localisation.body import spine_tangents, vertebra_axes
from ctbone.localisation.decode import Candidate, DecodeConfig
from ctbone.localisation.levels import Reading, read_levels
from ctbone.localisation.maps import Maps, find_candidates, map_volume
from ctbone.localisation.outline import vertebra_body
from ctbone.networks.localiser import LocaliserConfig
from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume, Grid

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, eq=False)
class NetworkLocator:
    """Find vertebrae with a network.

    Attributes:
        network: Built by ``build_localiser`` from ``config``, with its weights.
        config: What the network is and takes.
        decode: How its maps become vertebrae.
        levels: What is asked for: a study in which none of them lies whole is refused.
        sha256: Digest of its weights; empty where they come from no file.
    """

    network: nn.Module = field(repr=False)
    config: LocaliserConfig
    decode: DecodeConfig = field(default_factory=DecodeConfig)
    levels: tuple[VertebralLevel, ...] = (VertebralLevel.L1, VertebralLevel.L2)
    sha256: str = ""

    def __call__(self, volume: CTVolume, /) -> tuple[VertebraLocalisation, ...]:
        """Return every vertebra in view, from cranial to caudal.

        Raises:
            SpineNotFound: If no row of vertebral bodies is seen.
            LevelNotInField: If none of ``levels`` lies whole in the field of view.
            LevelUncertain: If the levels cannot be told; the message gives both readings.
        """
        maps = map_volume(volume, network=self.network, config=self.config)
        chain = find_candidates(maps, min_heat=self.decode.min_heat)
        if len(chain) < self.decode.min_vertebrae:
            raise SpineNotFound(
                f"expected a row of at least {self.decode.min_vertebrae} vertebral bodies, "
                f"found {len(chain)} in {volume.hu.shape} voxels of {_shown(volume.spacing_mm)} mm"
            )
        known = self.config.vertebral_levels
        reading = read_levels(chain, levels=known, config=self.decode)
        anchors = find_anchors(chain, levels=known)
        vertebrae = _outline(chain, reading, maps, volume)
        self._check(vertebrae, reading, anchors)
        return vertebrae

    def _check(
        self,
        vertebrae: tuple[VertebraLocalisation, ...],
        reading: Reading,
        anchors: tuple[Anchor, ...],
    ) -> None:
        doubts = self._doubts(reading, anchors)
        whole = [v for v in vertebrae if v.level in self.levels and v.is_whole]
        if whole and not doubts:
            return
        if doubts and (whole or not self._is_far_from(vertebrae)):
            raise LevelUncertain(f"{doubts[0]}; {_readings(vertebrae, reading, anchors)}")
        first, last = vertebrae[0].level.name, vertebrae[-1].level.name
        names = " or ".join(level.name for level in self.levels)
        raise LevelNotInField(
            f"expected {names} whole in the field of view, found {first} to {last}"
        )

    def _doubts(self, reading: Reading, anchors: tuple[Anchor, ...]) -> list[str]:
        """Return why the levels as read are not to be trusted, the gravest reason first."""
        decode = self.decode
        doubts = [
            f"{anchor.shown()} against the levels as read"
            for anchor in anchors
            if not anchor.agrees(reading.levels)
        ]
        if len(anchors) < decode.min_landmarks:
            doubts.append(
                f"expected {decode.min_landmarks} of the landmarks last ribs and sacrum in view, "
                f"found {len(anchors)}"
            )
        if 1.0 - reading.share < decode.min_confidence:
            doubts.append(f"expected a probability of at least {decode.min_confidence:g}")
        if reading.against > decode.max_against * len(anchors):
            doubts.append("ribs alone speak for these levels")
        return doubts

    def _is_far_from(self, vertebrae: tuple[VertebraLocalisation, ...]) -> bool:
        """Say whether every vertebra is so far from what is asked for that a slip cannot matter.

        Counting slips by one or two; at the neck or in the upper chest no count is needed.
        """
        orders = [level.order for level in self.levels]
        return all(
            v.level.order < min(orders) - 3 or v.level.order > max(orders) + 3 for v in vertebrae
        )


def read_locator(
    weights: Path, *, levels: tuple[VertebralLevel, ...], device: str
) -> NetworkLocator:
    """Read a localiser and the card that ``ctbone train`` wrote beside its weights.

    Raises:
        WeightsMismatch: If the weights are not those of the card.
    """
    from ctbone.networks import build_localiser, load_weights

    card = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    config = LocaliserConfig(**{name: _frozen(value) for name, value in card["network"].items()})
    network = build_localiser(config)
    sha256 = load_weights(network, weights)
    if sha256 != card["weights_sha256"]:
        expected = card["weights_sha256"][:12]
        raise WeightsMismatch(f"expected weights {expected}, found {sha256[:12]}")
    decode = DecodeConfig(**{name: _frozen(value) for name, value in card["decode"].items()})
    network = network.to(device).eval()
    return NetworkLocator(network, config, decode, levels=levels, sha256=sha256)


def _outline(
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
                body=None if body is None else body.mask,
                is_whole=body is not None and all(body.lies_in(grid) for grid in grids),
            )
        )
    return tuple(found)


def _readings(
    vertebrae: tuple[VertebraLocalisation, ...], reading: Reading, anchors: tuple[Anchor, ...]
) -> str:
    def shown(levels: tuple[VertebralLevel, ...]) -> str:
        return f"{levels[0].name} to {levels[-1].name}"

    top, bottom = (vertebrae[i].centroid_mm for i in (0, -1))
    seen = (
        ", ".join(anchor.shown() for anchor in anchors) or "neither last ribs nor sacrum in view"
    )
    return (
        f"{len(vertebrae)} vertebrae from LPS {_shown(top)} to {_shown(bottom)} mm read as "
        f"{shown(reading.levels)} (probability {1.0 - reading.share:.2f}) or as "
        f"{shown(reading.alternative)} ({reading.share:.2f}); {seen}"
    )


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Turn the lists of JSON back into tuples."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _triple(position: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in position)
    return x, y, z


def _shown(values: tuple[float, float, float]) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in values) + ")"
