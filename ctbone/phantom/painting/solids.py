"""How chains of cones and plates turn into voxels.

Painting is in order: each shape covers what was there by its share of the voxel.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ctbone.phantom.painting.fields import nearest
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Raster, share
from ctbone.phantom.shapes import Sheet, Tube


def paint_tubes(
    raster: Raster, shapes: Sequence[Tube | Sheet], palette: Palette, *, label: str | None = None
) -> None:
    """Paint chains of round cones and thick plates as one solid, without walls where they meet.

    All are made of what the first is made of. Where a label map is named, their levels go there.
    """
    field = nearest(raster, shapes) if shapes else None
    if field is None:
        return
    first, width = shapes[0], raster.mean_width
    k, j, i = torch.nonzero(field.distance_mm < 0.5 * width, as_tuple=True)
    distance = field.distance_mm[k, j, i]
    outer = share(distance, width)
    value = palette.soft(first.tissue, first.shift_hu)
    target = raster.hu[field.box]
    painted = target[k, j, i] * (1.0 - outer)
    if first.cortex_mm == 0.0:
        painted += outer * value
    else:
        inner = share(distance + first.cortex_mm, width)
        painted += (outer - inner) * palette.cortex + inner * value
    target[k, j, i] = painted
    if label is not None:
        inside = field.levels > 0
        raster.labels[label][field.box][inside] = field.levels[inside]
