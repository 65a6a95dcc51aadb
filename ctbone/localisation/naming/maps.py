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

from ctbone.localisation.naming.candidates import Candidate, DecodeConfig
from ctbone.localisation.naming.comb import find_comb, trace_line
from ctbone.localisation.naming.ribs import rib_probability
from ctbone.networks.blocks import BLOCK
from ctbone.networks.localiser import BODY, HEAT, VERTEBRA_KINDS, LocaliserConfig
from ctbone.resampling import resample
from ctbone.volume import CTVolume, reorient, to_patient

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float32]
#: As the network gives them: what matters is read at a few places alone.
Logits = NDArray[np.float16] | NDArray[np.float32]

#: Standard deviation of the weight that voxels about a centre have in its evidence, millimetres:
#: about the radius of a body, so that neighbours say nothing.
_EVIDENCE_MM = 8.0


@dataclass(frozen=True, eq=False)
class Maps:
    """What the network says of one volume, on axes that run left, posterior and superior.

    Attributes:
        heat: How much a voxel is the centre of a body, from 0 to 1, shape ``(L, P, S)``.
        body: How much it belongs to a body, from 0 to 1, same shape.
        disc: How much it belongs to a disc, from 0 to 1, same shape.
        ribs: How much it belongs to a rib, from 0 to 1, same shape.
        levels: Logit of each level by block of voxels, shape ``(K, L', P', S')``.
        kinds: Logit of each kind of vertebra by block of voxels, shape ``(4, L', P', S')``.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``.
    """

    heat: Floats
    body: Floats
    disc: Floats
    ribs: Floats
    levels: Logits
    kinds: Logits
    affine: NDArray[np.float64]


def map_volume(volume: CTVolume, *, network: nn.Module, config: LocaliserConfig) -> Maps:
    """Run the network over a whole volume in one pass."""
    coarse = resample(reorient(volume), spacing_mm=(config.spacing_mm,) * 3)
    return map_coarse(coarse.hu, coarse.affine, network=network, config=config)


def map_coarse(
    hu: NDArray[np.int16] | Floats,
    affine: NDArray[np.float64],
    *,
    network: nn.Module,
    config: LocaliserConfig,
) -> Maps:
    """Run the network over attenuation on its own grid; axes run left, posterior, superior."""
    import torch

    from ctbone.networks.localiser import names, structures

    device = next(network.parameters()).device
    inputs = torch.from_numpy(to_localiser_input(hu, config=config)[None]).to(device)
    i, j, k = hu.shape
    wanted = (HEAT, BODY, *(2 + config.context.index(name) for name in ("discs", "ribs")))
    # Half precision takes a third of the time, and moves no probability by more than 0.01.
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        outputs = network(inputs)
        found = structures(outputs, wanted).float().sigmoid()[0, :, :i, :j, :k]
        # NumPy has no bfloat16; 16 bits of the other kind hold all of its digits.
        level, kind = (part[0].half() for part in names(outputs, config))
        parts = (*found, level, kind[: len(VERTEBRA_KINDS)])
        heat, body, disc, ribs, levels, kinds = (part.cpu().numpy() for part in parts)
    return Maps(
        heat=heat, body=body, disc=disc, ribs=ribs, levels=levels, kinds=kinds, affine=affine
    )


def to_localiser_input(hu: NDArray[np.int16] | Floats, *, config: LocaliserConfig) -> Floats:
    """Pad with fat to sides that the network takes, and scale each window to 0..1.

    Args:
        hu: Attenuation at ``config.spacing_mm`` on LPS axes, shape ``(L, P, S)``.
        config: What the network takes.

    Returns:
        Shape ``(W, L', P', S')``; the first voxel stays the first.
    """
    sides = [n + -n % config.stride for n in hu.shape]
    inputs = np.empty((len(config.windows_hu), *sides), dtype=np.float32)
    field = tuple(slice(n) for n in hu.shape)
    # In place: a whole body at 3 mm is 14 MB a copy.
    for channel, (lower, upper) in zip(inputs, config.windows_hu, strict=True):
        channel[...] = config.padding_hu
        channel[field] = hu
        np.subtract(channel, np.float32(lower), out=channel)
        np.divide(channel, np.float32(upper - lower), out=channel)
        np.clip(channel, 0.0, 1.0, out=channel)
    return inputs


def find_candidates(maps: Maps, *, config: DecodeConfig) -> list[Candidate]:
    """Return the row of vertebrae, from cranial to caudal, with what the maps say about each."""
    spacing_mm = float(np.linalg.norm(maps.affine[:3, 0]))
    line = trace_line(maps.heat, min_heat=config.min_heat)
    places = find_comb(maps.heat, maps.disc, line, spacing_mm=spacing_mm)
    found = [
        Candidate(
            position_mm=to_patient(maps.affine, index[None])[0],
            heat=_top(maps.heat, index),
            levels=_evidence(maps.levels, maps.body, index, spacing_mm),
            kinds=_evidence(maps.kinds, maps.body, index, spacing_mm),
            rib=rib_probability(maps.ribs, index, spacing_mm=spacing_mm, config=config),
        )
        for index in places
    ]
    return [candidate for candidate in found if candidate.heat >= config.min_heat]


def _top(heat: Floats, index: NDArray[np.float64]) -> float:
    """Return the greatest heat within a voxel of an index."""
    box = tuple(slice(max(round(i) - 1, 0), round(i) + 2) for i in index)
    return float(heat[box].max())


def _evidence(
    logits: Logits, body: Floats, index: NDArray[np.float64], spacing_mm: float
) -> NDArray[np.float64]:
    """Return probabilities about a centre: mean logarithms, weighted by the body."""
    reach = int(np.ceil(1.5 * _EVIDENCE_MM / spacing_mm))
    low = [max(round(i) - reach, 0) // BLOCK for i in index]
    high = [
        min((round(i) + reach) // BLOCK + 1, n)
        for i, n in zip(index, logits.shape[1:], strict=True)
    ]
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    middles = [axis * BLOCK + 0.5 * (BLOCK - 1) for axis in np.ogrid[box]]
    away = sum((middle - i) ** 2 for middle, i in zip(middles, index, strict=True))
    voxels = tuple(
        np.minimum(np.rint(middle).astype(int), n - 1)
        for middle, n in zip(middles, body.shape, strict=True)
    )
    weight = np.exp(-0.5 * away * (spacing_mm / _EVIDENCE_MM) ** 2) * (body[voxels] + 1e-3)
    logs = special.log_softmax(logits[(slice(None), *box)].astype(np.float64), axis=0)
    mean = (logs * weight).sum(axis=(1, 2, 3)) / weight.sum()
    return np.asarray(special.softmax(mean), dtype=np.float64)
