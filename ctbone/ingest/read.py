"""One series to one volume of Hounsfield units on a regular grid, or a fault by name.

What can be told from the headers is refused before a pixel is read: loss, absent rescale, slices
that do not form a grid. Gaps are never closed and gantry tilt is never taken for straight. Two
slices at one position are one slice when they hold the same values, and a fault when they do not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ctbone.errors import DuplicatePositions, IrregularGeometry, MissingSlices
from ctbone.ingest.decode import require_lossless
from ctbone.ingest.extents import Stored, locate, require_size
from ctbone.ingest.frames import MULTI_FRAME
from ctbone.ingest.geometry import StackGeometry, stack_geometry
from ctbone.ingest.hounsfield import require_hounsfield, require_rescale
from ctbone.ingest.nifti import read_nifti
from ctbone.ingest.padding import metal_padding
from ctbone.ingest.tilt import straighten
from ctbone.ingest.truncation import require_whole
from ctbone.ingest.voxels import hounsfield_values, read_stack
from ctbone.records import NIFTI, Flag, SeriesRecord, SliceRecord
from ctbone.volume import CTVolume


def read_volume(series: SeriesRecord, *, check_unit: bool = True) -> CTVolume:
    """Read the slices of a series as one volume.

    ``i`` runs along a row, ``j`` along a column and ``k`` along the normal of the slices, row x
    column, whatever the order of the files. The array is ``i``-fastest in memory. Padding stays as
    it is stored, but for padding that would be read as metal; see ``padding``.

    Args:
        series: The series, narrowed by selection to one stack.
        check_unit: Whether values that cannot be Hounsfield units are refused.

    Raises:
        IngestError: If the slices cannot be read exactly, do not form one regular grid, or do not
            hold Hounsfield units; its subclass says which.
    """
    if any(item.encoding.transfer_syntax_uid == NIFTI for item in series.slices):
        return read_nifti(series, check_unit=check_unit)
    _require_readable(series)
    stored, geometry, flags = _stack(series)
    require_whole(stored)
    hu, affine = read_stack(stored), geometry.affine()
    if check_unit:
        require_hounsfield(hu)
    if geometry.drift.any():
        hu, affine = straighten(hu, geometry)
        flags = (*flags, Flag.TILT_CORRECTED)
    if any(metal_padding(encoding) for encoding in {frame.item.encoding for frame in stored}):
        flags = (*flags, Flag.PADDING_REPLACED)
    return CTVolume(
        hu=hu.transpose(2, 1, 0), affine=affine, series_uid=series.series_uid, flags=flags
    )


def _require_readable(series: SeriesRecord) -> None:
    """Refuse what the headers rule out, once for each way in which slices are stored."""
    if not series.slices:
        raise IrregularGeometry("a volume needs slices at two positions or more, found none")
    first_of_each = {item.encoding: item for item in reversed(series.slices)}
    for item in first_of_each.values():
        require_lossless(item)
        require_size(item)
        require_rescale(item)


def _stack(series: SeriesRecord) -> tuple[list[Stored], StackGeometry, tuple[Flag, ...]]:
    """Return the slices of a grid in its order, the grid, and what was done to get there."""
    geometry = stack_geometry(series.slices)
    found = locate(series.slices, is_multi_frame=series.sop_class_uid in MULTI_FRAME)
    kept = _without_duplicates(found, geometry)
    items = [stored.item for stored in kept]
    if len(kept) < len(found):
        geometry = stack_geometry(items)
    _require_grid(items, geometry)
    flags = (Flag.DUPLICATES_DROPPED,) if len(kept) < len(found) else ()
    return [kept[index] for index in geometry.order], geometry, flags


def _without_duplicates(stored: Sequence[Stored], geometry: StackGeometry) -> list[Stored]:
    """Keep one of the slices that share position and values.

    Raises:
        DuplicatePositions: If slices of different values share a position.
    """
    dropped: set[int] = set()
    for group in geometry.duplicates:
        first, *others = sorted(group, key=lambda index: stored[index].item.number)
        for other in others:
            if not _is_same(stored[first], stored[other]):
                raise DuplicatePositions(
                    f"files {stored[first].item.number} and {stored[other].item.number} claim one "
                    f"position and differ; {len(group)} slices stand there"
                )
        dropped.update(others)
    return [frame for index, frame in enumerate(stored) if index not in dropped]


def _is_same(one: Stored, other: Stored) -> bool:
    if one.item.encoding == other.item.encoding and one.read() == other.read():
        return True
    return np.array_equal(hounsfield_values(one), hounsfield_values(other))


def _require_grid(slices: Sequence[SliceRecord], geometry: StackGeometry) -> None:
    """Refuse what is not evenly spaced along one line.

    Raises:
        MissingSlices: If whole slices are absent.
        IrregularGeometry: If the slices form no grid in any other way.
    """
    if geometry.spacing_mm == 0.0:
        raise IrregularGeometry("a volume needs slices at two positions or more, found one")
    if geometry.is_irregular:
        steps = np.diff(geometry.positions_mm)
        raise IrregularGeometry(
            f"slices must be evenly spaced along one line; steps along the normal run from "
            f"{steps.min():.3f} to {steps.max():.3f} mm"
        )
    if geometry.gaps:
        widest = max(geometry.gaps, key=lambda gap: gap.length_mm)
        before, after = slices[widest.before].number, slices[widest.after].number
        raise MissingSlices(
            f"slices must be {geometry.spacing_mm:.3f} mm apart throughout, files {before} and "
            f"{after} are {widest.length_mm:.3f} mm apart; slices absent in all: "
            f"{sum(gap.missing for gap in geometry.gaps)}"
        )
