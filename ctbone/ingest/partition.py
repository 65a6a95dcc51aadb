"""Ways to part the slices of one series that do not form one volume."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from ctbone.ingest.stack import Stack
from ctbone.records import SliceRecord

#: Slices whose first voxels lie within this of each other in their plane share an origin.
_SAME_ORIGIN_MM = 1.0


def by_acquisition(whole: Stack) -> list[list[SliceRecord]]:
    """Group slices by AcquisitionNumber."""
    return grouped(whole.slices, lambda item: item.acquisition)


def by_phase(whole: Stack) -> list[list[SliceRecord]]:
    """Group frames by what tells phases apart."""
    return grouped(whole.slices, lambda item: item.phase)


def by_kernel(whole: Stack) -> list[list[SliceRecord]]:
    """Group slices by ConvolutionKernel."""
    return grouped(whole.slices, lambda item: item.kernel)


def by_run(whole: Stack) -> list[list[SliceRecord]]:
    """Cut the slices, in the order of their instance numbers, where they turn back."""
    numbers = {item.instance_number for item in whole.slices}
    if whole.geometry is None or None in numbers or len(numbers) < len(whole.slices):
        return [list(whole.slices)]
    ordered = _in_order(whole.slices)
    positions = np.array([item.position_mm for item in ordered], dtype=np.float64)
    steps = np.diff(positions @ whole.geometry.normal)
    backwards = np.flatnonzero(steps * np.median(steps) < 0.0) + 1
    starts = [0, *backwards.tolist(), len(ordered)]
    return [ordered[a:b] for a, b in pairwise(starts)]


def by_origin(whole: Stack) -> list[list[SliceRecord]]:
    """Group slices by where their first voxels lie along row and column."""
    geometry = whole.geometry
    if geometry is None:
        return [list(whole.slices)]
    positions = np.array([item.position_mm for item in whole.slices], dtype=np.float64)
    in_plane = np.rint(positions @ geometry.axes[:, :2] / _SAME_ORIGIN_MM).astype(int).tolist()
    place = {id(item): tuple(where) for item, where in zip(whole.slices, in_plane, strict=True)}
    return grouped(whole.slices, lambda item: place[id(item)])


def by_restart(whole: Stack) -> list[list[SliceRecord]]:
    """Cut the slices, in the order of their instance numbers, where a position comes again.

    A few slices that were sent twice are no restart: half of the smallest part must come again.
    """
    place = _places(whole)
    parts: list[list[SliceRecord]] = []
    seen: set[int] = set()
    for item in _in_order(whole.slices):
        if not parts or place[id(item)] in seen:
            parts.append([])
            seen = set()
        parts[-1].append(item)
        seen.add(place[id(item)])
    is_restart = 2 * len(whole.contradicting) >= min(map(len, parts))
    return parts if is_restart else [list(whole.slices)]


def by_rank(whole: Stack) -> list[list[SliceRecord]]:
    """Take the first, second, ... slice of each position, if the order of acquisition is plain.

    It is plain when every position has as many slices, and when their instance numbers follow each
    other by the same steps everywhere.
    """
    place = _places(whole)
    columns: dict[int, list[SliceRecord]] = defaultdict(list)
    for item in _in_order(whole.slices):
        columns[place[id(item)]].append(item)
    steps = {
        tuple((item.instance_number or 0) - (found[0].instance_number or 0) for item in found)
        for found in columns.values()
    }
    if len(steps) != 1 or len(set(*steps)) != len(next(iter(steps))):
        return [list(whole.slices)]
    return [list(rank) for rank in zip(*columns.values(), strict=True)]


def _places(whole: Stack) -> dict[int, int]:
    """Return a number of its position for each slice."""
    place = {id(item): n for n, item in enumerate(whole.slices)}
    for shared in whole.geometry.duplicates if whole.geometry else ():
        for n in shared:
            place[id(whole.slices[n])] = shared[0]
    return place


def _in_order(slices: Sequence[SliceRecord]) -> list[SliceRecord]:
    return sorted(slices, key=lambda item: (item.instance_number or 0, item.number, item.frame))


def grouped(
    slices: Iterable[SliceRecord], key: Callable[[SliceRecord], Hashable]
) -> list[list[SliceRecord]]:
    """Group slices by a key, in the order in which its values are met."""
    groups: dict[Hashable, list[SliceRecord]] = defaultdict(list)
    for item in slices:
        groups[key(item)].append(item)
    return list(groups.values())
