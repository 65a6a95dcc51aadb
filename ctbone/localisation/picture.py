"""A picture to check a localisation by: is the outline on the right vertebra, and on bone?

Left, the spine seen from the patient's left and from the front, each in the surface that follows
the centres of the vertebrae; right, the measured bodies in their own axial mid-planes, with what
was measured. Pictures carry no identifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import find_region
from ctbone.patches import PatchGrid, extract
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import AIR_HU, CTVolume, to_indices, to_patient

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

#: Attenuation shown as black and as white, Hounsfield units.
_WINDOW_HU = (-150.0, 450.0)

#: Sampling of the pictures, and how far they reach beyond the centres, millimetres.
_STEP_MM = 1.0
_BESIDE_MM = 70.0
_BEYOND_MM = 35.0

#: A vertebra whose centre lies nearer to the end of a picture has no name there: it would be cut.
_EDGE_MM = 5.0

#: Distance of a name from the centre of its vertebra, millimetres.
_NAME_MM = 27.0

#: Patch for the axial planes: wide enough to show what surrounds the body.
_AXIAL = PatchGrid((80, 80, 48), (1.0, 1.0, 1.0))

#: Levels shown in their axial plane where nothing was measured.
_SHOWN = (VertebralLevel.L1, VertebralLevel.L2)

_COLOURS = ("#ffb000", "#64d2ff", "#ff6f91", "#9be564")
_REGION_COLOUR = "#ff3030"

#: Shades of the palette that the file is reduced to, which a third of the bytes can hold.
_SHADES = 256


def picture(
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    estimates: Sequence[BmdEstimate],
    path: Path,
    *,
    note: str = "",
) -> None:
    """Draw a localisation and its measurements.

    Args:
        volume: The CT.
        vertebrae: What was located; the middle of the CT is shown where there is none.
        estimates: What was measured.
        path: PNG file to write; its folder is made.
        note: Text beneath, such as why there is no result.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 6.4), dpi=100, facecolor="black", layout="constrained")
    panels = figure.subplot_mosaic([["side", "front", "first"], ["side", "front", "second"]])
    _draw_spine(panels["side"], volume, vertebrae, across=1)
    _draw_spine(panels["front"], volume, vertebrae, across=0)
    shown = _shown(vertebrae, estimates)
    for name, index in (("first", 0), ("second", 1)):
        if index < len(shown):
            _draw_axial(panels[name], volume, shown[index], estimates)
    for panel in panels.values():
        panel.set_axis_off()
    figure.supxlabel(note, color="white", fontsize=9, wrap=True)
    _save(figure, path)


def _shown(
    vertebrae: Sequence[VertebraLocalisation], estimates: Sequence[BmdEstimate]
) -> list[VertebraLocalisation]:
    """Return the two vertebrae whose axial plane is drawn."""
    measured = [e.level for e in estimates] or list(_SHOWN)
    return [v for v in vertebrae if v.level in measured and v.is_whole][:2]


def _draw_spine(
    panel: Axes, volume: CTVolume, vertebrae: Sequence[VertebraLocalisation], *, across: int
) -> None:
    """Draw the surface along patient axis ``across`` (0 left, 1 posterior) and superior."""
    positions = _surface(volume, vertebrae, across)
    first, last = positions[0, 0], positions[-1, -1]
    extent = (float(first[across]), float(last[across]), float(last[2]), float(first[2]))
    _show(panel, _sample(volume, positions), extent)
    panel.set_title("from the left" if across == 1 else "from the front", color="white", size=9)
    for number, vertebra in enumerate(vertebrae):
        colour = _COLOURS[number % len(_COLOURS)]
        _outline(panel, vertebra, positions, across=across, colour=colour)
        if not extent[2] + _EDGE_MM < vertebra.centroid_mm[2] < extent[3] - _EDGE_MM:
            continue
        name = vertebra.level.name if vertebra.is_whole else f"({vertebra.level.name})"
        # Beside the body, but never outside a narrow field.
        beside = max(vertebra.centroid_mm[across] - _NAME_MM, extent[0] + _NAME_MM / 2.0)
        panel.text(
            beside,
            vertebra.centroid_mm[2],
            name,
            color=colour,
            size=9,
            ha="right",
            va="center",
            clip_on=True,
        )


def _surface(volume: CTVolume, vertebrae: Sequence[VertebraLocalisation], across: int) -> Floats:
    """Return the positions that a picture of the spine samples, LPS mm, shape ``(H, W, 3)``."""
    low, high = _field(volume)
    centres = np.array([v.centroid_mm for v in vertebrae]).reshape(-1, 3)
    if len(centres):
        around = np.array([_BESIDE_MM, _BESIDE_MM, _BEYOND_MM])
        low = np.maximum(low, centres.min(axis=0) - around)
        high = np.minimum(high, centres.max(axis=0) + around)
    else:
        centres = (low + high)[None] / 2.0
    step = max(_STEP_MM, float((high - low).max()) / 500.0)
    superior = np.arange(high[2], low[2], -step)
    sideways = np.arange(low[across], high[across], step)
    order = np.argsort(centres[:, 2])
    curve = np.interp(superior, centres[order, 2], centres[order, 1 - across])
    positions = np.empty((superior.size, sideways.size, 3))
    positions[..., across] = sideways
    positions[..., 1 - across] = curve[:, None]
    positions[..., 2] = superior[:, None]
    return positions


def _field(volume: CTVolume) -> tuple[Floats, Floats]:
    """Return the ends of the scanned field along left, posterior and superior, millimetres."""
    corners = np.array(list(product(*((0.0, n - 1.0) for n in volume.hu.shape))))
    positions = to_patient(volume.affine, corners)
    return positions.min(axis=0), positions.max(axis=0)


def _sample(volume: CTVolume, positions: Floats) -> NDArray[np.float32]:
    indices = to_indices(volume.affine, positions.reshape(-1, 3)).T
    values: NDArray[np.float32] = ndimage.map_coordinates(
        volume.hu, indices, output=np.float32, order=1, mode="constant", cval=AIR_HU
    )
    return values.reshape(positions.shape[:2])


def _outline(
    panel: Axes, vertebra: VertebraLocalisation, positions: Floats, *, across: int, colour: str
) -> None:
    if vertebra.body is None:
        centre = (vertebra.centroid_mm[across], vertebra.centroid_mm[2])
        panel.plot(*centre, "+", color=colour, markersize=10)
        return
    near = np.abs(positions[:, 0, 2] - vertebra.centroid_mm[2]) < _BEYOND_MM
    rows = positions[near]
    indices = to_indices(vertebra.body.affine, rows.reshape(-1, 3)).T
    inside = vertebra.body.inside.astype(np.float32)
    share = ndimage.map_coordinates(inside, indices, order=1).reshape(rows.shape[:2])
    if share.max() > 0.5:
        axes = (rows[0, :, across], rows[:, 0, 2])
        panel.contour(*axes, share, levels=[0.5], colors=[colour], linewidths=1.0)


def _draw_axial(
    panel: Axes,
    volume: CTVolume,
    vertebra: VertebraLocalisation,
    estimates: Sequence[BmdEstimate],
) -> None:
    patch = extract(volume, vertebra, grid=_AXIAL)
    region = find_region(patch).inside
    plane = _fullest_plane(region)
    _show(panel, patch.hu[:, :, plane].T)
    for inside, colour in ((patch.inside, _COLOURS[0]), (region, _REGION_COLOUR)):
        if inside[:, :, plane].any():
            share = inside[:, :, plane].T.astype(np.float32)
            panel.contour(share, levels=[0.5], colors=[colour], linewidths=1.0)
    panel.set_title(_caption(vertebra, estimates), color="white", size=9)


def _fullest_plane(region: NDArray[np.bool_]) -> int:
    counts = region.sum(axis=(0, 1))
    rows = np.flatnonzero(counts == counts.max()) if counts.any() else [region.shape[2] // 2]
    return int(np.median(rows))


def _caption(vertebra: VertebraLocalisation, estimates: Sequence[BmdEstimate]) -> str:
    parts = [vertebra.level.name]
    for estimate in estimates:
        if estimate.level is vertebra.level:
            parts += _numbers(estimate)
    return ", ".join(parts)


def _numbers(estimate: BmdEstimate) -> list[str]:
    found = []
    if estimate.bmd_mg_cm3 is not None:
        spread = "" if estimate.sd_mg_cm3 is None else f" +- {estimate.sd_mg_cm3:.1f}"
        found.append(f"{estimate.bmd_mg_cm3:.1f}{spread} mg/cm3")
    if estimate.trabecular_hu is not None:
        found.append(f"{estimate.trabecular_hu:.1f} HU")
    return found


def _show(
    panel: Axes,
    values: NDArray[np.float32],
    extent: tuple[float, float, float, float] | None = None,
) -> None:
    """Draw values in the window; the extent is left, right, bottom and top, millimetres."""
    lower, upper = _WINDOW_HU
    panel.imshow(values, cmap="gray", vmin=lower, vmax=upper, extent=extent)


def _save(figure: Figure, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    pixels = Image.fromarray(drawn[..., :3])
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels.quantize(_SHADES, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)
