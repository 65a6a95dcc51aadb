"""What the localiser's network sees, and what it says, on one coarse grid.

The network sees the whole volume at once on axes that run left, posterior and superior, so that
ribs and sacrum can vouch for a level wherever they are in the field of view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ctbone.localisation.anchors import rib_evidence
from ctbone.localisation.comb import find_comb, trace_line
from ctbone.localisation.decode import Candidate
from ctbone.networks.localiser import BODY, HEAT, LocaliserConfig
from ctbone.resampling import resample
from ctbone.volume import CTVolume, reorient, to_patient

if TYPE_CHECKING:
    from torch import nn

#: Standard deviation of the weight that voxels about a centre have in its evidence, millimetres:
#: about the radius of a body, so that neighbours say nothing.
_EVIDENCE_MM = 8.0


@dataclass(frozen=True, eq=False)
class Maps:
    """What the network says of one volume, on axes that run left, posterior and superior.

    Attributes:
        heat: How much a voxel is the centre of a body, from 0 to 1, shape ``(L, P, S)``.
        body: How much it belongs to a body, from 0 to 1, same shape.
        ribs: How much it belongs to a rib, from 0 to 1, same shape.
        evidence: Log-probability of each level, shape ``(K, L, P, S)``.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``.
    """

    heat: NDArray[np.float32]
    body: NDArray[np.float32]
    ribs: NDArray[np.float32]
    evidence: NDArray[np.float32]
    affine: NDArray[np.float64]


def map_volume(volume: CTVolume, *, network: nn.Module, config: LocaliserConfig) -> Maps:
    """Run the network over a whole volume in one pass."""
    import torch

    coarse = resample(reorient(volume), spacing_mm=(config.spacing_mm,) * 3)
    inputs = torch.from_numpy(to_localiser_input(coarse.hu, config=config)[None])
    device = next(network.parameters()).device
    with torch.inference_mode():
        outputs = network.eval()(inputs.to(device))[0].float().cpu().numpy()
    i, j, k = coarse.hu.shape
    outputs = outputs[:, :i, :j, :k]
    context = 2 + len(config.levels)
    return Maps(
        heat=special.expit(outputs[HEAT]),
        body=special.expit(outputs[BODY]),
        ribs=special.expit(outputs[context + config.context.index("ribs")]),
        evidence=special.log_softmax(outputs[2:context], axis=0),
        affine=coarse.affine,
    )


def to_localiser_input(
    hu: NDArray[np.int16] | NDArray[np.float32], *, config: LocaliserConfig
) -> NDArray[np.float32]:
    """Pad with fat to sides that the network takes, and scale each window to 0..1.

    Args:
        hu: Attenuation at ``config.spacing_mm`` on LPS axes, shape ``(L, P, S)``.
        config: What the network takes.

    Returns:
        Shape ``(W, L', P', S')``; the first voxel stays the first.
    """
    missing = [(0, -n % config.stride) for n in hu.shape]
    padded = np.pad(hu.astype(np.float32), missing, constant_values=config.padding_hu)
    channels = [(padded - lower) / (upper - lower) for lower, upper in config.windows_hu]
    return np.asarray(np.clip(np.stack(channels), 0.0, 1.0), dtype=np.float32)


def find_candidates(maps: Maps, *, min_heat: float) -> list[Candidate]:
    """Return the row of vertebrae, from cranial to caudal, with what the maps say about each."""
    spacing_mm = float(np.linalg.norm(maps.affine[:3, 0]))
    line = trace_line(maps.heat, min_heat=min_heat)
    found = [
        Candidate(
            position_mm=to_patient(maps.affine, index[None])[0],
            heat=_top(maps.heat, index),
            evidence=_level_evidence(maps, index, spacing_mm),
            ribs=rib_evidence(maps.ribs, index, spacing_mm=spacing_mm),
        )
        for index in find_comb(maps.heat, line, spacing_mm=spacing_mm)
    ]
    return [candidate for candidate in found if candidate.heat >= min_heat]


def _top(heat: NDArray[np.float32], index: NDArray[np.float64]) -> float:
    """Return the greatest heat within a voxel of an index."""
    box = tuple(slice(max(round(i) - 1, 0), round(i) + 2) for i in index)
    return float(heat[box].max())


def _level_evidence(
    maps: Maps, index: NDArray[np.float64], spacing_mm: float
) -> NDArray[np.float64]:
    """Return the mean log-probability of each level about a centre, weighted by the body map."""
    reach = int(np.ceil(1.5 * _EVIDENCE_MM / spacing_mm))
    box = tuple(slice(max(round(i) - reach, 0), round(i) + reach + 1) for i in index)
    axes = np.ogrid[
        tuple(slice(c.start, c.start + n) for c, n in zip(box, maps.body[box].shape, strict=True))
    ]
    away = sum((axis - i) ** 2 for axis, i in zip(axes, index, strict=True))
    weight = np.exp(-0.5 * away * (spacing_mm / _EVIDENCE_MM) ** 2) * (maps.body[box] + 1e-3)
    mean = (maps.evidence[(slice(None), *box)] * weight).sum(axis=(1, 2, 3)) / weight.sum()
    return np.asarray(special.log_softmax(mean), dtype=np.float64)
