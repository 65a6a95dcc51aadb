"""The row of vertebrae: a line through their centres, and a comb of places along it.

Discs can be nearly invisible at a few millimetres, so that not every body gives a peak of its own
in the heat. What is certain is that vertebrae follow one another along one smooth line, at
distances that change little from one to the next. The line follows the heat from slice to slice;
the comb is the set of places along it, found by dynamic programming, at which the heat stands most
above its surroundings and between which the distances change least.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]

#: Steps along the line, millimetres.
_STEP_MM = 1.5

#: Least and greatest distance between neighbours, millimetres: from those of the neck and the
#: uppermost ribs of small people to those of tall people's lumbar vertebrae.
_SPACING_MM = (12.0, 48.0)

#: Standard deviation of the logarithm of the ratio of one distance to the next.
_CHANGE = 0.12

#: What a standard deviation of the heat along the line is worth, and what a vertebra has to gain.
#: Chosen, like the distances, by how many of the vertebrae of 40 simulated patients were found.
_WORTH, _PRICE = 3.0, 0.2

#: Standard deviations of the heat's smoothing before the line follows it, voxels.
_SMOOTHING = (1.0, 1.0, 1.5)

#: Share of the least heat below which there is nothing to follow.
_FAINT = 0.1

#: How far the line may move sideways from one slice to the next, voxels, and what a voxel costs.
_REACH, _COST = 3, 0.03

#: What a disc counts against a centre, relative to heat.
_DISC = 0.7

#: So many slices without heat end the line.
_GAP_SLICES = 8

#: Length over which heat is compared with its surroundings, millimetres.
_AROUND_MM = 30.0


def trace_line(heat: NDArray[np.float32], *, min_heat: float) -> Floats:
    """Follow the heat from its hottest slice up and down.

    Args:
        heat: From 0 to 1, shape ``(L, P, S)``.
        min_heat: Least heat that the line follows.

    Returns:
        Index of the line in each slice, from caudal to cranial, shape ``(N, 3)``; none if there
        is no heat.
    """
    warm = _warm_part(heat, least=_FAINT * min_heat)
    smooth = ndimage.gaussian_filter(heat[warm], _SMOOTHING)
    if not smooth.size or smooth.max() < min_heat:
        return np.empty((0, 3))
    start = np.unravel_index(int(smooth.argmax()), smooth.shape)
    first = (int(start[0]), int(start[1]), int(start[2]))
    # Smoothing takes about half of the heat of a small peak.
    up = _follow(smooth, first, 1, 0.5 * min_heat)
    down = _follow(smooth, first, -1, 0.5 * min_heat)
    line = np.asarray([*down[::-1], first, *up], dtype=np.float64)
    line += [side.start for side in warm]
    line[:, :2] = ndimage.gaussian_filter1d(line[:, :2], 2.0, axis=0, mode="nearest")
    return line


def find_comb(
    heat: NDArray[np.float32], disc: NDArray[np.float32], line: Floats, *, spacing_mm: float
) -> Floats:
    """Place vertebrae along a line.

    Args:
        heat: How much a voxel is the centre of a body, from 0 to 1, shape ``(L, P, S)``.
        disc: How much it belongs to a disc, from 0 to 1, same shape.
        line: What ``trace_line`` returned.
        spacing_mm: Voxel side.

    Returns:
        Index of each vertebra, from cranial to caudal, shape ``(N, 3)``.
    """
    if len(line) < 2:
        return line
    points = _even(line, _STEP_MM / spacing_mm)
    profile = _profile(heat, points) - _DISC * _profile(disc, points)
    teeth = _best_teeth(_WORTH * _contrast(profile))
    return points[teeth[::-1]]


def _warm_part(heat: NDArray[np.float32], *, least: float) -> tuple[slice, ...]:
    """Return the box about all heat, as wide as smoothing and the line reach: a spine is slim."""
    margin = [int(np.ceil(4.0 * sigma)) + _REACH for sigma in _SMOOTHING]
    seen = heat >= least
    box = []
    for axis, more in enumerate(margin):
        where = np.flatnonzero(seen.any(axis=tuple({0, 1, 2} - {axis})))
        first, last = (where[0], where[-1]) if len(where) else (0, -1)
        box.append(slice(max(int(first) - more, 0), int(last) + 1 + more if len(where) else 0))
    return tuple(box)


def _follow(
    heat: NDArray[np.float32], start: tuple[int, int, int], way: int, min_heat: float
) -> list[tuple[int, int, int]]:
    i, j, k = start
    found: list[tuple[int, int, int]] = []
    cold = 0
    while 0 <= k + way < heat.shape[2] and cold < _GAP_SLICES:
        k += way
        low_i, low_j = max(i - _REACH, 0), max(j - _REACH, 0)
        window = heat[low_i : i + _REACH + 1, low_j : j + _REACH + 1, k]
        a, b = np.ogrid[low_i : low_i + window.shape[0], low_j : low_j + window.shape[1]]
        value = window - _COST * np.hypot(a - i, b - j)
        best_i, best_j = np.unravel_index(int(value.argmax()), value.shape)
        i, j = low_i + int(best_i), low_j + int(best_j)
        cold = cold + 1 if heat[i, j, k] < min_heat else 0
        found.append((i, j, k))
    return found[: len(found) - cold]


def _even(line: Floats, step: float) -> Floats:
    """Return points at even distances along a line."""
    arc = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    places = np.arange(0.0, arc[-1], step)
    return np.stack([np.interp(places, arc, column) for column in line.T], axis=1)


def _profile(heat: NDArray[np.float32], points: Floats) -> Floats:
    """Return the heat along the line, averaged over a small disc about it."""
    reach = 4
    first = np.maximum(np.floor(points.min(axis=0)).astype(int) - reach, 0)
    last = np.ceil(points.max(axis=0)).astype(int) + reach + 1
    about = heat[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
    smooth = ndimage.gaussian_filter(about, (0.7, 0.7, 0.0), radius=(reach - 1, reach - 1, 0))
    return np.asarray(ndimage.map_coordinates(smooth, (points - first).T, order=1, mode="nearest"))


def _contrast(profile: Floats) -> Floats:
    """Return how much each place stands above those about it, in standard deviations."""
    width = _AROUND_MM / _STEP_MM / 2.0
    around = ndimage.gaussian_filter1d(profile, width, mode="nearest")
    spread = np.sqrt(ndimage.gaussian_filter1d((profile - around) ** 2, width, mode="nearest"))
    return np.asarray((profile - around) / (spread + 0.01))


def _best_teeth(contrast: Floats) -> list[int]:
    """Return the places of the best comb, ascending."""
    gaps = np.arange(round(_SPACING_MM[0] / _STEP_MM), round(_SPACING_MM[1] / _STEP_MM) + 1)
    change = -0.5 * (np.log(gaps[:, None] / gaps[None, :]) / _CHANGE) ** 2
    n = len(contrast)
    best = np.repeat((contrast - _PRICE)[:, None], len(gaps), axis=1)
    before = np.full((n, len(gaps)), -1)
    for place in range(n):
        for g, gap in enumerate(gaps):
            last = place - gap
            if last < 0:
                break
            # A first tooth has the same value for every distance, so that the same one is best.
            reached = best[last] + change[g]
            k = int(reached.argmax())
            middle = contrast[last + gap // 2]
            value = reached[k] + contrast[place] - middle - _PRICE
            if value > best[place, g]:
                best[place, g], before[place, g] = value, k
    return _teeth(best, before, gaps)


def _teeth(best: Floats, before: NDArray[np.int_], gaps: NDArray[np.int_]) -> list[int]:
    place, g = (int(i) for i in np.unravel_index(int(best.argmax()), best.shape))
    found = [place]
    while before[place, g] >= 0:
        place, g = place - int(gaps[g]), int(before[place, g])
        found.append(place)
    return found[::-1]
