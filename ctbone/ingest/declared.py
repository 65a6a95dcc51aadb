"""What the reader of a result has to be told of how a series was acquired."""

from __future__ import annotations

from collections.abc import Iterator

from ctbone.ingest.findings import thickness_mm
from ctbone.ingest.stack import Stack
from ctbone.kernels import KernelKind, kernel_kind
from ctbone.records import Flag, SeriesRecord
from ctbone.scanning import is_same_kvp

#: Thickness above which slices are flagged as thick, millimetres: the upper end of what is
#: preferred by default. A design choice.
_THICK_MM = 3.0

#: Tube potential that calibrations and cut-offs were made for, kilovolts.
_USUAL_KVP = 120.0


def acquisition_flags(series: SeriesRecord, stack: Stack) -> Iterator[Flag]:
    """Yield what contrast agent, slice thickness, kernel and tube potential ask to be said."""
    if series.contrast is not False:
        yield Flag.CONTRAST_ENHANCED if series.contrast else Flag.CONTRAST_UNKNOWN
    if (thickness_mm(stack) or 0.0) > _THICK_MM:
        yield Flag.THICK_SLICES
    kind = kernel_kind(series.kernel, series.manufacturer)
    if kind is not KernelKind.SOFT:
        yield Flag.BONE_KERNEL if kind is KernelKind.SHARP else Flag.KERNEL_UNKNOWN
    if any(len({getattr(s, name) for s in stack.slices}) > 1 for name in ("kernel", "kvp")):
        yield Flag.MIXED_ACQUISITION
    if series.kvp is None:
        yield Flag.KVP_UNKNOWN
    elif not is_same_kvp(series.kvp, _USUAL_KVP):
        yield Flag.KVP_NOT_120
