"""What speaks against reading slices, from how their headers say that they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ctbone.errors import IngestError, Reason
from ctbone.ingest.decode import require_lossless
from ctbone.ingest.extents import frame_bytes, require_size
from ctbone.ingest.hounsfield import require_rescale
from ctbone.ingest.syntaxes import NATIVE
from ctbone.records import NIFTI, SliceRecord


class Finding(NamedTuple):
    """One thing that speaks against a stack, and which."""

    reason: Reason
    detail: str


def storage_findings(slices: Iterable[SliceRecord]) -> Iterator[Finding]:
    """Yield what reading would refuse, as far as headers tell; the first of each reason."""
    found: dict[Reason, Finding] = {}
    for fault in _faults(slices):
        found.setdefault(fault.reason, fault)
    yield from found.values()


def _faults(slices: Iterable[SliceRecord]) -> Iterator[Finding]:
    slices = tuple(slices)
    first_of_each = {(s.encoding, s.rows, s.columns): s for s in reversed(slices)}
    for item in first_of_each.values():
        if item.encoding.transfer_syntax_uid != NIFTI:
            yield from _refusals(item)
        elif item.encoding.bits_allocated <= 8:
            yield Finding(Reason.NOT_HOUNSFIELD, "8 bits a voxel, as of a label map, hold no CT")
    for item in slices:
        if _is_short(item):
            yield Finding(
                Reason.UNREADABLE_FILE,
                f"file {item.number} declares {item.rows} x {item.columns} voxels, "
                f"its Pixel Data has {item.pixel_length} bytes",
            )


def _refusals(item: SliceRecord) -> Iterator[Finding]:
    for require in (require_lossless, require_size, require_rescale):
        try:
            require(item)
        except IngestError as fault:
            yield Finding(fault.reason, str(fault))


def _is_short(item: SliceRecord) -> bool:
    is_native = item.encoding.transfer_syntax_uid in NATIVE and item.pixel_length is not None
    return is_native and (item.pixel_length or 0) < (item.frame + 1) * frame_bytes(item)
