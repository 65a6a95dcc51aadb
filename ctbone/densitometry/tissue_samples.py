"""Where a scan shows air, fat, muscle and blood for sure: samples about the vertebrae.

Everything is looked for in slabs about the located bodies of T12 to L3, each in the frame of its
vertebra, on a coarse lattice: noise averages out, and small vessels and streaks of fat blur away.

* air: outside the body and before it, so that neither table nor cloth is taken for it;
* fat: subcutaneous, near the outside, from 6 mm inside its edges on;
* muscle: psoas, beside the bodies of L2 and L3, from 4 mm inside its edges on;
* blood: an even disc of 12 mm before the body and a little to its left, where the aorta runs.

A sample is the median over the slabs of the median over voxels, and none where there are too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.anatomy import to_levels
from ctbone.densitometry.internal_reference import InternalTissue
from ctbone.patches import PatchGrid, VertebraPatch, extract
from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume

_Image = NDArray[np.float64]
_Mask = NDArray[np.bool_]

#: Vertebrae about which samples are taken.
_LEVELS = to_levels(("T12", "L1", "L2", "L3"))

#: The lattice: 450 by 390 mm across a body, and most of the height of a vertebra.
_GRID = PatchGrid(shape=(150, 130, 8), spacing_mm=(3.0, 3.0, 3.0), offset_mm=(0.0, -20.0, 0.0))

#: Attenuation that each can have, HU, whatever the scanner's error; wide, for medians are taken.
_WINDOWS: Mapping[InternalTissue, tuple[float, float]] = {
    "air": (-1060.0, -940.0),
    "fat": (-150.0, -60.0),
    "muscle": (0.0, 110.0),
    "blood": (0.0, 500.0),
}

#: What is darker lies outside the body or is lung, HU; distances that samples keep from the edges
#: of what they lie in, and how deep under the skin fat may lie, mm.
_OUTSIDE_HU, _DEEPEST_MM = -500.0, 40.0
_AIR_MARGIN_MM, _FAT_MARGIN_MM, _MUSCLE_MARGIN_MM = 12.0, 6.0, 4.0

#: Psoas: how far beside and behind the centre of the body it lies at L2 and L3, mm (recalled
#: anatomy). Muscles of the back are no reference: with their fat they read 55 HU at best and 15 to
#: 25 at 70 to 79 years (Kalichman; Hicks; both in Biomed Res Int 2017;2562957, Table 2).
_PSOAS_LEVELS = to_levels(("L2", "L3"))
_BESIDE_MM, _BEHIND_MM = (22.0, 48.0), (-14.0, 22.0)

#: The aorta: how far to the left of the middle of the body and how far before its front, mm, most
#: often and by which standard deviation, and the radius of the disc that is measured. Recalled
#: anatomy: it lies on the front of the spine, a little left of its middle, 15 to 25 mm wide.
_AORTA_LEFT_MM, _AORTA_BEFORE_MM, _DISC_MM = (7.0, 8.0), (12.5, 5.0), 6.0

#: Most that a disc may lie from that place, in standard deviations.
_FARTHEST = 2.0

#: Distance from the centre of a body to its front, mm, where no mask shows it (recalled).
_FRONT_MM = 16.0

#: Most scatter in that disc, over the slab, HU: a wall or fat in it makes more than noise does.
#: And scatter that weighs as much against a disc as a standard deviation of its place.
_MOST_UNEVEN_HU, _UNEVEN_HU = 20.0, 3.0

#: Least scatter of air that was measured and not filled in, HU.
_LEAST_NOISE_HU = 0.05

#: Least volume of a sample, mm3. Design choices: the error of its median from noise stays under
#: 1 HU.
_LEAST_MM3: Mapping[InternalTissue, float] = {
    "air": 20_000.0,
    "fat": 3_000.0,
    "muscle": 2_000.0,
    "blood": 1_000.0,
}


@dataclass(frozen=True, slots=True)
class TissueSample:
    """What a scan shows of one tissue.

    Attributes:
        hu: Median attenuation, Hounsfield units; ``None`` where there was too little of it.
        volume_mm3: Volume that it was taken over.
        least_mm3: Volume that it needs.
    """

    hu: float | None
    volume_mm3: float
    least_mm3: float


def sample_tissues(
    volume: CTVolume, vertebrae: Iterable[VertebraLocalisation]
) -> Mapping[InternalTissue, TissueSample]:
    """Sample air, fat, muscle and blood about the vertebrae of a scan; all empty without any."""
    slabs = {
        one.level: _Slab.of(extract(volume, one, grid=_GRID))
        for one in vertebrae
        if one.level in _LEVELS
    }
    lower = [slabs[level] for level in _PSOAS_LEVELS if level in slabs]
    return {
        "air": _pooled("air", (slab.air() for slab in slabs.values())),
        "fat": _pooled("fat", (slab.fat() for slab in slabs.values())),
        "muscle": _pooled("muscle", (slab.muscle() for slab in lower)),
        "blood": _pooled("blood", (slab.blood() for slab in slabs.values())),
    }


def _pooled(tissue: InternalTissue, values: Iterable[_Image]) -> TissueSample:
    found = [one for one in values if one.size]
    size = sum(one.size for one in found)
    volume_mm3, least_mm3 = float(size * np.prod(_GRID.spacing_mm)), _LEAST_MM3[tissue]
    # Of medians: a slab that shows something else is outvoted.
    hu = float(np.median([np.median(one) for one in found])) if volume_mm3 >= least_mm3 else None
    return TissueSample(hu, volume_mm3, least_mm3)


@dataclass(frozen=True, slots=True, eq=False)
class _Slab:
    """A slab about one vertebra.

    Attributes:
        hu: Attenuation, shape ``(L, P, S)``.
        left_mm: How far to the left of the centre of the body, shape ``(L, 1, 1)``.
        behind_mm: How far behind it, shape ``(1, P, 1)``.
        front_mm: How far the front of the body lies behind its centre: below 0.
        outside: What lies outside the patient.
    """

    hu: _Image
    left_mm: _Image
    behind_mm: _Image
    front_mm: float
    outside: _Mask

    @classmethod
    def of(cls, patch: VertebraPatch) -> _Slab:
        hu = patch.hu.astype(np.float64)
        left, behind = (
            (np.arange(n) - (n - 1) / 2.0) * step + offset
            for n, step, offset in zip(
                hu.shape[:2], patch.spacing_mm, patch.offset_mm, strict=False
            )
        )
        body = behind[patch.inside.any(axis=(0, 2))]
        front = float(body.min()) if body.size else -_FRONT_MM
        return cls(hu, left[:, None, None], behind[None, :, None], front, _outside(hu))

    def air(self) -> _Image:
        """Return the values of air before the patient; what was filled in has no noise."""
        inside = _deep(self.outside & self._within("air"), _AIR_MARGIN_MM)
        mean = ndimage.uniform_filter(self.hu, 3)
        square = ndimage.uniform_filter(self.hu**2, 3)
        is_noisy = square - mean**2 > _LEAST_NOISE_HU**2
        return self.hu[inside & is_noisy & (self.behind_mm < 0.0)]

    def fat(self) -> _Image:
        """Return the values of subcutaneous fat."""
        under_mm = ndimage.distance_transform_edt(~self.outside, sampling=_GRID.spacing_mm)
        near = (under_mm <= _DEEPEST_MM) & self.outside.any()
        return self.hu[_deep(self._within("fat"), _FAT_MARGIN_MM) & near]

    def muscle(self) -> _Image:
        """Return the values of psoas on both sides."""
        beside, behind = np.abs(self.left_mm), self.behind_mm
        place = _between(beside, _BESIDE_MM) & _between(behind, _BEHIND_MM)
        return self.hu[_deep(self._within("muscle"), _MUSCLE_MARGIN_MM) & place]

    def blood(self) -> _Image:
        """Return the values of the evenest disc about where the aorta runs; none without one."""
        across = (self.left_mm - _AORTA_LEFT_MM[0]) / _AORTA_LEFT_MM[1]
        along = (self.front_mm - self.behind_mm - _AORTA_BEFORE_MM[0]) / _AORTA_BEFORE_MM[1]
        far = np.hypot(across, along)[..., 0]
        disc = _disc(_DISC_MM)
        mean, uneven = _moments(self.hu, disc)
        low, high = _WINDOWS["blood"]
        fits = (far < _FARTHEST) & (mean > low) & (mean < high) & (uneven < _MOST_UNEVEN_HU)
        if not fits.any():
            return np.empty(0)
        score = np.where(fits, (uneven / _UNEVEN_HU) ** 2 + far**2, np.inf)
        i, j = np.unravel_index(np.argmin(score), score.shape)
        reach = disc.shape[0] // 2
        box = self.hu[i - reach : i + reach + 1, j - reach : j + reach + 1]
        return box[disc].ravel()

    def _within(self, tissue: InternalTissue) -> _Mask:
        return _between(self.hu, _WINDOWS[tissue])


def _between(values: _Image, ends: tuple[float, float]) -> _Mask:
    return np.asarray((values >= ends[0]) & (values <= ends[1]))


def _outside(hu: _Image) -> _Mask:
    """Return what is dark and reaches the sides of the lattice."""
    labels, _ = ndimage.label(hu < _OUTSIDE_HU)
    rims = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    reached = np.unique(np.concatenate([rim.ravel() for rim in rims]))
    return np.isin(labels, reached[reached > 0])


def _deep(mask: _Mask, margin_mm: float) -> _Mask:
    """Return what lies deeper in a mask than a margin; the ends of a slab are no edge."""
    reach = ndimage.distance_transform_edt(mask, sampling=(*_GRID.spacing_mm[:2], 1e3))
    return np.asarray(reach > margin_mm)


def _disc(radius_mm: float) -> _Mask:
    step = _GRID.spacing_mm[0]
    reach = int(radius_mm // step) + 1
    far = np.hypot(*np.meshgrid(*[np.arange(-reach, reach + 1) * step] * 2, indexing="ij"))
    return np.asarray(far <= radius_mm)


def _moments(hu: _Image, disc: _Mask) -> tuple[_Image, _Image]:
    """Return mean and standard deviation over discs through the height of a slab."""
    kernel = disc / disc.sum()
    mean = ndimage.convolve(hu.mean(axis=2), kernel, mode="nearest")
    square = ndimage.convolve((hu**2).mean(axis=2), kernel, mode="nearest")
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0))
