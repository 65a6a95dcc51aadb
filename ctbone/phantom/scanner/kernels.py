"""Reconstruction kernels: what they pass of each spatial frequency, and the noise they leave.

Frequencies are line pairs a centimetre. A kernel is known by where its modulation transfer
function (MTF) falls to 50 and to 10 %. The numbers stand between those that makers and test
reports give for body kernels (recalled, not verified): GE SOFT, STANDARD, BONE and EDGE, Siemens
B20 to B80. Two were read: 4.7 and 9.7 lp/cm for filtered back projection of one
scanner, 3.7 and 7.2 for its hybrid iterative reconstruction (J Appl Clin Med Phys, PMC8292685,
Table 5); 17 to 19 lp/cm at 10 % for the sharpest of usual detectors, 41 for one of a quarter of a
millimetre, which is left out (Oostveen et al., Eur Radiol 2020;30:2552).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.scanner.configuration import Kernel

Array = NDArray[np.float64]

#: Frequency that stands for zero in the noise of filtered back projection, lp/cm: sampling keeps
#: its power from vanishing there (Kijewski and Judy, Phys Med Biol 1987;32:565).
_FLOOR_LP_CM = 0.2

#: How strongly full iterative reconstruction damps noise at the 50 % point, in exponents;
#: inferred: it moves the peak of the spectrum down by about a third.
_ITERATIVE_DAMPING = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The modulation transfer function of a kernel: ``(1 + a (f/f50)^2) exp(-(f/f0)^p)``.

    Attributes:
        f50: Where it is 0.5, lp/cm.
        f10: Where it is 0.1, lp/cm.
        enhancement: The ``a`` that lifts edges: a bone kernel passes more than everything.
    """

    f50: float
    f10: float
    enhancement: float = 0.0

    def mtf(self, lp_cm: Array) -> Array:
        """Return what it passes of each frequency, relative to the lowest."""
        ratio = np.asarray(lp_cm) / self.f50
        lift = 1.0 + self.enhancement * ratio**2
        at_50, at_10 = (self._exponent(level) for level in (0.5, 0.1))
        power = np.log(at_10 / at_50) / np.log(self.f10 / self.f50)
        return np.asarray(lift * np.exp(-at_50 * ratio**power))

    def _exponent(self, level: float) -> float:
        where = 1.0 if level == 0.5 else self.f10 / self.f50
        return float(np.log((1.0 + self.enhancement * where**2) / level))


KERNELS: Mapping[Kernel, Response] = MappingProxyType(
    {
        "smooth": Response(f50=3.2, f10=5.6),
        "standard": Response(f50=4.2, f10=6.9),
        "sharp": Response(f50=8.0, f10=10.8, enhancement=1.0),
        "ultra": Response(f50=11.0, f10=14.5, enhancement=1.2),
    }
)


def image_filter(kernel: Kernel, lp_cm: Array, aperture: Array) -> Array:
    """Return the gain that gives painted voxels the kernel's resolution.

    Painting has averaged over a voxel already, so that is taken out again; where voxels are too
    coarse for the kernel nothing is left to do.

    Args:
        kernel: Family of the kernel.
        lp_cm: Frequencies.
        aperture: What the average over a voxel has passed of them.
    """
    wanted = KERNELS[kernel].mtf(lp_cm)
    return np.minimum(wanted / aperture, np.maximum(wanted, 1.0))


def noise_power(kernel: Kernel, lp_cm: Array, *, iterative: float = 0.0) -> Array:
    """Return the noise power of each frequency, in arbitrary units.

    Filtered back projection leaves ``f MTF(f)^2`` (Riederer, Pelc and Chesler, Phys Med Biol
    1978;23:446); iterative reconstruction damps high frequencies further.
    """
    response = KERNELS[kernel]
    ramp = np.hypot(lp_cm, _FLOOR_LP_CM)
    damping = np.exp(-iterative * _ITERATIVE_DAMPING * (np.asarray(lp_cm) / response.f50) ** 2)
    return np.asarray(ramp * response.mtf(lp_cm) ** 2 * damping)


def noise_gain(kernel: Kernel, *, iterative: float = 0.0) -> float:
    """Return the noise of a kernel relative to the standard one, at the same dose."""
    frequencies = np.linspace(0.0, 30.0, 601)

    def variance(family: Kernel, strength: float) -> float:
        return float((frequencies * noise_power(family, frequencies, iterative=strength)).sum())

    return float(np.sqrt(variance(kernel, iterative) / variance("standard", 0.0)))
