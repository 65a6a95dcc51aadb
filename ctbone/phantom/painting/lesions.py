"""How lesions in a vertebral body and osteophytes beside it turn into voxels."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.bone import Lesion, Spur
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import share
from ctbone.phantom.shapes import Vertebra
from ctbone.phantom.tissue import Tissue

Position = tuple[Tensor, Tensor, Tensor]

#: Density of the thick trabeculae of a haemangioma, mg/cm3, and the share that they take of its
#: cross-section. Inferred.
_STRUT_MG_CM3 = 420.0
_STRUT_SHARE = 0.22


def lesion_share(
    lesion: Lesion, position: Position, width: float, grain: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return the shares of each voxel that a lesion and the lesion with its rim take.

    Args:
        lesion: The lesion.
        position: In the body's own frame, mm.
        width: Extent of a voxel, mm.
        grain: The texture of the body, which frays the border; ``None`` for none.
    """
    square: Tensor | float = 0.0
    for axis, centre, semi in zip(position, lesion.centre_mm, lesion.semi_axes_mm, strict=True):
        square = ((axis - centre) * (1.0 / semi)) ** 2 + square
    assert isinstance(square, Tensor)  # noqa: S101 - there are three axes
    size = float(np.prod(lesion.semi_axes_mm) ** (1.0 / 3.0))
    distance = (square.sqrt() - 1.0) * size
    if lesion.ragged and grain is not None:
        distance = distance + grain * (lesion.ragged * size)
    blur = float(np.hypot(width, lesion.edge_mm))
    inner = share(distance, blur)
    outer = share(distance - lesion.rim_mm, blur) if lesion.rim_mg_cm3 else inner
    return inner, outer


def fill_lesion(
    core: Tensor,
    lesion: Lesion,
    shares: tuple[Tensor, Tensor],
    position: Position,
    palette: Palette,
    *,
    width: float,
) -> Tensor:
    """Return the inside of a body with a lesion in it."""
    inner, outer = shares
    if lesion.rim_mg_cm3:
        core = core + outer * (palette.bone(lesion.rim_mg_cm3) - core)
    value: Tensor | float = _value(lesion.filling, palette)
    if lesion.struts_mm:
        struts = _struts(lesion, position, width)
        value = value + struts * (palette.bone(_STRUT_MG_CM3) - value)
    return core + inner * lesion.share * (value - core)


def _value(filling: Tissue | float, palette: Palette) -> float:
    return palette.soft(filling) if isinstance(filling, Tissue) else palette.bone(filling)


def _struts(lesion: Lesion, position: Position, width: float) -> Tensor:
    """Return the share of thick upright trabeculae: dots across, columns along the body.

    Dots of a share ``s`` of the cross-section; what a voxel averages leaves their mean alone.
    """
    u, v, _ = position
    rate = 2.0 * np.pi / lesion.struts_mm
    seen = float(np.exp(-(rate**2) * width**2 / 24.0))
    waves = torch.cos(u * rate) * torch.cos(v * rate + u * (0.3 * rate))
    return (waves * (1.8 * seen) + 1.0).clamp(min=0.0) * _STRUT_SHARE


def spur_share(
    body: Vertebra, spur: Spur, position: Position, side: Tensor, widths: tuple[float, float]
) -> Tensor:
    """Return the share of each voxel that an osteophyte takes, with its root in the body's rim.

    Args:
        body: The body that it grows on.
        spur: The osteophyte.
        position: In the body's own frame, mm.
        side: Distance to the wall of the body, mm.
        widths: Extent of a voxel in the plane of the end plates and across it.
    """
    u, v, w = position
    x, y = u * (2.0 / body.width_mm), v * (2.0 / body.depth_mm)
    left, back = spur.towards
    towards = (x * left + y * back) / (x * x + y * y + 0.05).sqrt()
    least = 1.0 - 2.0 * max(spur.spread, 0.1)
    near = ((towards - least) * (1.0 / (1.0 - least))).clamp(min=0.0)
    half = 0.5 * body.height_mm
    height = w * (spur.plate / half)
    lip = near * (height.clamp(min=0.0, max=1.0) ** 4) * spur.size_mm
    # It grows from the rim outwards: what lies over a plate, or in the dent of one, is none of it.
    outside = (side * 0.5 + 1.0).clamp(min=0.0, max=1.0)
    tip = height * half - half - near * outside * spur.curl_mm - v * (0.5 * body.wedge)
    return share(side - lip, widths[0]) * share(tip, widths[1]) * (lip > 0.2) * outside
