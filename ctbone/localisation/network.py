"""The native locator: one pass of a network over the coarse volume, then ``levels``.

A level is named only when its probability reaches ``DecodeConfig.min_confidence`` and it was
counted from a landmark in view. Below that the study is refused with both readings, because a
wrong level is worse than none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.errors import (
    LevelNotInField,
    LevelUncertain,
    Reason,
    SpineNotFound,
    WeightsMismatch,
)
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
            LevelUncertain: If none of them can be told; the message gives both readings.
        """
        maps = map_volume(volume, network=self.network, config=self.config)
        chain = find_candidates(maps, min_heat=self.decode.min_heat)
        if len(chain) < self.decode.min_vertebrae:
            raise SpineNotFound(
                f"expected a row of at least {self.decode.min_vertebrae} vertebral bodies, "
                f"found {len(chain)} in {volume.hu.shape} voxels of {_shown(volume.spacing_mm)} mm"
            )
        reading = read_levels(chain, levels=self.config.vertebral_levels, config=self.decode)
        anchors = find_anchors(chain, reading)
        vertebrae = self._judged(_outline(chain, reading, maps, volume), reading, anchors)
        self._check(vertebrae, reading, anchors)
        return vertebrae

    def _judged(
        self,
        vertebrae: tuple[VertebraLocalisation, ...],
        reading: Reading,
        anchors: tuple[Anchor, ...],
    ) -> tuple[VertebraLocalisation, ...]:
        """Say of each vertebra whether its level is sure enough to measure it under that name."""
        counted = len(anchors) >= self.decode.min_landmarks
        judged = []
        for number, vertebra in enumerate(vertebrae):
            if counted and vertebra.confidence >= self.decode.min_confidence:
                judged.append(vertebra)
                continue
            detail = _ranked(reading, number) + ("" if counted else "; no landmark in view")
            judged.append(replace(vertebra, reason=Reason.LEVEL_UNCERTAIN, detail=detail))
        return tuple(judged)

    def _check(
        self,
        vertebrae: tuple[VertebraLocalisation, ...],
        reading: Reading,
        anchors: tuple[Anchor, ...],
    ) -> None:
        whole = np.array([vertebra.is_whole for vertebra in vertebrae])
        sure = np.array([vertebra.reason is None for vertebra in vertebrae])
        wanted = np.array([vertebra.level in self.levels for vertebra in vertebrae])
        if (whole & sure & wanted).any():
            return
        possible = reading.share_of(self.levels)
        if (possible[whole] > 1.0 - self.decode.min_confidence).any() and not sure[wanted].any():
            raise LevelUncertain(_readings(vertebrae, reading, anchors))
        first, last = vertebrae[0].level.name, vertebrae[-1].level.name
        names = " or ".join(level.name for level in self.levels)
        raise LevelNotInField(
            f"expected {names} whole in the field of view, found {first} to {last}"
        )


def read_locator(
    weights: Path, *, levels: tuple[VertebralLevel, ...], device: str
) -> NetworkLocator:
    """Read a localiser and the card that ``ctbone train`` wrote beside its weights.

    Raises:
        WeightsMismatch: If the weights are not those of the card.
    """
    import torch

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
    network = network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
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
                runner_up=reading.runners_up[i],
                body=None if body is None else body.mask,
                is_whole=body is not None and all(body.lies_in(grid) for grid in grids),
            )
        )
    return tuple(found)


def _ranked(reading: Reading, number: int) -> str:
    """Return the levels that one vertebra may have, the likeliest first."""
    named, other = reading.levels[number], reading.runners_up[number]
    first = reading.confidences[number]
    second = float(reading.share_of((other,))[number])
    return f"{named.name} ({first:.2f}) or {other.name} ({second:.2f})"


def _readings(
    vertebrae: tuple[VertebraLocalisation, ...], reading: Reading, anchors: tuple[Anchor, ...]
) -> str:
    def shown(levels: tuple[VertebralLevel, ...]) -> str:
        return f"{levels[0].name} to {levels[-1].name}"

    top, bottom = (vertebrae[i].centroid_mm for i in (0, -1))
    seen = ", ".join(map(str, anchors)) or "neither first ribs, last ribs nor sacrum in view"
    return (
        f"{len(vertebrae)} vertebrae from LPS {_shown(top)} to {_shown(bottom)} mm read as "
        f"{shown(reading.levels)} (least probability {reading.confidences.min():.2f}) or as "
        f"{shown(reading.alternative)}; {seen}"
    )


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Turn the lists of JSON back into tuples."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _triple(position: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in position)
    return x, y, z


def _shown(values: tuple[float, float, float]) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in values) + ")"
