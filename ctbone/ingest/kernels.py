"""Which reconstruction kernels keep soft tissue smooth, and which sharpen edges.

Sharp kernels overshoot at edges and raise the noise of trabecular bone; attenuation is compared
between scans only within the smooth ones. The tables follow the vendors' own naming:

* Siemens: a letter for the body part, maybe a letter for the family, and a number that grows with
  sharpness (B30f, Br38f, Bf37, I31f, Qr40); 45 and below are for soft tissue.
* GE: words (STANDARD, SOFT; LUNG, BONE, BONEPLUS, EDGE).
* Philips: letters (A, B, C, UA, UB, UC smooth; D, E, F, L and the Y family sharp).
* Canon and Toshiba: FC and a number; 01 to 29 and 40 to 49 for soft tissue of body and head, 30 to
  39 for bone, 50 to 59 for lung, 80 and above for high resolution.
"""

from __future__ import annotations

import re
from enum import StrEnum


class KernelKind(StrEnum):
    """What a kernel was made for."""

    SOFT = "soft"
    SHARP = "sharp"
    UNKNOWN = "unknown"


#: Highest number of a Siemens kernel for soft tissue.
_SIEMENS_SOFT = 45

_SOFT_WORDS = frozenset({"STANDARD", "STANDARD+", "STND", "STD", "SOFT", "SMOOTH", "DETAIL"})
_SHARP_WORDS = frozenset({"LUNG", "BONE", "BONEPLUS", "BONE+", "EDGE", "ULTRA", "SHARP"})
_PHILIPS_SOFT = frozenset({"A", "B", "C", "UA", "UB", "UC"})
_PHILIPS_SHARP = frozenset({"D", "E", "F", "L", "YA", "YB", "YC", "YD", "YE", "EB", "EC"})


def kernel_kind(kernel: str, manufacturer: str = "") -> KernelKind:
    """Return what a ConvolutionKernel was made for.

    Example:
        >>> kernel_kind("Br38f", "SIEMENS"), kernel_kind("BONEPLUS", "GE MEDICAL SYSTEMS")
        (<KernelKind.SOFT: 'soft'>, <KernelKind.SHARP: 'sharp'>)
    """
    name = kernel.partition("\\")[0].strip().upper()
    words = set(re.split(r"[\s_/-]+", name))
    if words & _SHARP_WORDS:
        return KernelKind.SHARP
    if words & _SOFT_WORDS:
        return KernelKind.SOFT
    if canon := re.match(r"FC\s?(\d{2})", name):
        return _kind(is_soft=int(canon[1]) < 30 or 40 <= int(canon[1]) < 50)
    if "PHILIPS" in manufacturer.upper() and name in _PHILIPS_SOFT | _PHILIPS_SHARP:
        return _kind(is_soft=name in _PHILIPS_SOFT)
    if siemens := re.match(r"[ABCDHIJQSTU][A-Z]?(\d{2})(?!\d)", name):
        return _kind(is_soft=int(siemens[1]) <= _SIEMENS_SOFT)
    return KernelKind.UNKNOWN


def _kind(*, is_soft: bool) -> KernelKind:
    return KernelKind.SOFT if is_soft else KernelKind.SHARP
