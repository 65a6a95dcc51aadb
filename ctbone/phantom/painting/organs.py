"""How organs turn into voxels: rounded, bent and uneven bodies with layers and fluid levels."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.flesh import Layer, Organ
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Box, Raster, cover, share

#: How far from where two faces meet an edge is rounded, mm.
_EDGE_MM = 14.0


def paint_organ(
    raster: Raster, organ: Organ, palette: Palette, *, over_hu: float | None = None
) -> None:
    """Paint an organ and the layers in it, over everything or only over what is denser."""
    box = organ_box(raster, organ)
    if box is None:
        return
    distance, width = organ_distance(raster, box, organ), raster.mean_width
    outside = share(distance, width)
    if over_hu is not None:
        outside *= raster.hu[box] > over_hu
    cover(raster, box, outside, palette.soft(organ.tissue, organ.shift_hu))
    for layer in organ.layers:
        inside = share(distance + layer.depth_mm, width)
        if layer.top_mm is not None:
            inside *= _settled(raster, box, layer)
        cover(raster, box, inside, palette.soft(layer.tissue, layer.shift_hu))


def organ_box(raster: Raster, organ: Organ) -> Box | None:
    """Return the voxels that an organ may touch."""
    swell = 1.0 + float(np.abs(organ.waves[:, 4]).sum())
    semi = np.array(organ.semi_axes_mm) * swell
    semi[:2] += np.abs(organ.bend_mm)
    reach = np.sqrt((organ.frame**2) @ (semi**2)) + raster.mean_width
    return raster.box(organ.centre_mm - reach, organ.centre_mm + reach)


def organ_distance(raster: Raster, box: Box, organ: Organ) -> Tensor:
    """Return the distance to the surface of an organ, mm, roughly; negative inside."""
    semi = np.array(organ.semi_axes_mm)
    u, v, w = raster.local(box, organ.frame / semi, organ.centre_mm)
    square = w * w
    if any(organ.bend_mm):
        # The middle stays and both ends move: about as much to one side as to the other.
        u = u - (square - 0.4) * (organ.bend_mm[0] / organ.semi_axes_mm[0])
        v = v - (square - 0.4) * (organ.bend_mm[1] / organ.semi_axes_mm[1])
    radius = (u * u + v * v + square).sqrt_()
    for a, b, c, phase, amplitude in organ.waves.tolist():
        radius += torch.sin(u * a + v * b + w * c + phase) * amplitude
    distance = (radius - 1.0).mul_(float(semi.prod() ** (1.0 / 3.0)))
    for normal, point in organ.cuts:
        x, y, z = raster.local(box, np.eye(3), point)
        plane = x * float(normal[0]) + y * float(normal[1]) + z * float(normal[2])
        # Edges are rounded as livers' are.
        near = (_EDGE_MM - (distance - plane).abs()).clamp_(min=0.0)
        distance = torch.maximum(distance, plane).add_(near.square_(), alpha=0.25 / _EDGE_MM)
    return distance


def _settled(raster: Raster, box: Box, layer: Layer) -> Tensor:
    """Return the share of each voxel above (gas) or below a horizontal level."""
    _, y, _ = raster.local(box, np.eye(3), np.array([0.0, layer.top_mm or 0.0, 0.0]))
    across = raster.width(np.array([0.0, 1.0, 0.0]))
    return share(y if layer.gas else -y, across)
