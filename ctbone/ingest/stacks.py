"""From the slices of a series to stacks that could be volumes.

One series can hold several orientations, several acquisitions, a scout, or the same positions
twice. Slices are first told apart by what they are; then, if they do not form one sound grid,
by acquisition, phase or kernel, by where they lie in their plane, and by restarts of the position.

Two acquisitions or reconstructions of one range, set off by half a step, interleave to a grid that
looks sound. They are told apart by acquisition, by phase, by kernel, or by where the instance
numbers begin anew at the other end, when each forms a sound grid of its own and all share at least
four fifths of the range that they cover together. An axial examination, step by step, has an
acquisition number for each slice or each few: their ranges follow each other, so it stays whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import IrregularGeometry
from ctbone.ingest.geometry import (
    ORIENTATION_TOLERANCE,
    SPACING_TOLERANCE,
    stack_geometry,
)
from ctbone.ingest.partition import (
    by_acquisition,
    by_kernel,
    by_origin,
    by_phase,
    by_rank,
    by_restart,
    by_run,
    grouped,
)
from ctbone.ingest.stack import Stack
from ctbone.records import SliceRecord

#: Fewest slices that make a stack of their own when a series is split.
_FEWEST_SLICES = 3

#: Most parts that a series is split into by acquisition or position.
_MOST_PARTS = 32

#: Share of the range they cover together that acquisitions of one range have in common. A design
#: choice: repeats of one plan differ by a slice or two, steps of one examination hardly overlap.
_SAME_RANGE = 0.8


def split_stacks(slices: Sequence[SliceRecord]) -> tuple[Stack, ...]:
    """Split the slices of a series into stacks, in the order of their first slices."""
    stacks = [stack for alike in _alike(slices) for stack in _split(alike)]
    return tuple(sorted(stacks, key=lambda stack: (stack.slices[0].number, stack.slices[0].frame)))


def _alike(slices: Sequence[SliceRecord]) -> list[list[SliceRecord]]:
    """Group slices that could lie in one grid."""
    by_kind = grouped(slices, _kind)
    groups: list[list[SliceRecord]] = []
    for alike in by_kind:
        groups += _by_tolerance(alike)
    return groups


def _kind(item: SliceRecord) -> Hashable:
    is_placed = item.position_mm is not None and item.orientation is not None
    return (
        item.rows,
        item.columns,
        is_placed and item.spacing_mm is not None,
        "LOCALIZER" in item.image_type,
        item.encoding.is_lossy,
        item.encoding.samples_per_pixel,
    )


def _by_tolerance(slices: list[SliceRecord]) -> list[list[SliceRecord]]:
    """Group slices by orientation and spacing, each group about its first slice.

    Equal values are met first, so that the time does not grow with the square of the slices.
    """
    exact = grouped(slices, lambda item: (item.orientation, item.spacing_mm))
    firsts = np.full((len(exact), 8), np.inf)
    groups: list[list[SliceRecord]] = []
    for alike in exact:
        values = np.array([*(alike[0].orientation or ()), *(alike[0].spacing_mm or ())])
        if values.size != 8:
            groups.append(alike)
            continue
        near = np.flatnonzero(_is_near(firsts[: len(groups)], values))
        if near.size:
            groups[near[0]] += alike
        else:
            firsts[len(groups)] = values
            groups.append(alike)
    return [sorted(found, key=lambda item: (item.number, item.frame)) for found in groups]


def _is_near(firsts: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows of cosines and spacings agree with the values, shape ``(N,)``."""
    off = abs(firsts - values)
    is_parallel: NDArray[np.bool_] = np.all(off[:, :6] <= ORIENTATION_TOLERANCE, axis=1)
    is_alike: NDArray[np.bool_] = np.all(off[:, 6:] <= SPACING_TOLERANCE * abs(values[6:]), axis=1)
    return is_parallel & is_alike


def _split(slices: list[SliceRecord]) -> list[Stack]:
    """Split alike slices where that turns an unsound grid into sound ones."""
    whole = _stack(slices)
    if whole.geometry is None:
        return [whole]
    if whole.is_sound:
        for partition in (by_acquisition, by_phase, by_kernel, by_run):
            stacks = _stacks(partition(whole))
            if _is_interleaved(stacks):
                return stacks
        return [whole]
    for partition in (by_acquisition, by_phase, by_kernel, by_origin, by_restart, by_rank):
        stacks = _stacks(partition(whole))
        is_free = not any(stack.contradicting for stack in stacks)
        if is_free and any(stack.is_sound for stack in stacks):
            return stacks
    return [whole]


def _stacks(parts: list[list[SliceRecord]]) -> list[Stack]:
    """Return the parts as stacks, none if they are too many or one is too small."""
    if not 1 < len(parts) <= _MOST_PARTS or min(map(len, parts)) < _FEWEST_SLICES:
        return []
    return [_stack(part) for part in parts]


def _is_interleaved(stacks: list[Stack]) -> bool:
    """Return whether stacks that form one grid together are each a volume of the same range."""
    ranges = [
        (stack.geometry.positions_mm[0], stack.geometry.positions_mm[-1])
        for stack in stacks
        if stack.geometry is not None and stack.is_sound
    ]
    if not stacks or len(ranges) < len(stacks):
        return False
    firsts, lasts = zip(*ranges, strict=True)
    return bool(min(lasts) - max(firsts) >= _SAME_RANGE * (max(lasts) - min(firsts)))


def _stack(slices: Iterable[SliceRecord]) -> Stack:
    found = tuple(slices)
    try:
        return Stack(slices=found, geometry=stack_geometry(found), fault="")
    except IrregularGeometry as fault:
        return Stack(slices=found, geometry=None, fault=str(fault))
