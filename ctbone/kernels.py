"""Which reconstruction kernels keep soft tissue smooth, and which sharpen edges.

Sharp kernels overshoot at edges and raise the noise of trabecular bone; attenuation is compared
between scans only within the smooth ones. ConvolutionKernel is a label that each vendor fills in
its own way. What is held against it here, and from where that is known:

* Siemens: a letter for the body part, maybe a letter for the family, and a number that grows with
  sharpness (B30f, Br38f, Bf37, I31f, Qr40). The operating instructions of the SOMATOM Sensation
  Cardiac (version A60, "Body Kernels") call B10 and B20 softer, B30, B31, B40 and B41 standard for
  body tissue, and B50 to B80 sharper. That the numbers of the other families (Br, Bf, I, Qr) go by
  the same scale is recalled, not verified; that 45 is the last soft one is a design choice, midway
  between what is called standard and what is called sharper.
* GE: words (STANDARD, SOFT, DETAIL; LUNG, BONE, BONEPLUS, EDGE). The BRIDG model (5.3.1,
  convolutionKernel) gives Standard as an example for soft tissue; the others go by what the words
  mean, recalled and not held against a document of the vendor.
* Philips: letters (A, B, C, UA, UB, UC smooth; D, E, F, L and the Y family sharp). Recalled, not
  verified.
* Canon and Toshiba: FC and a number; 01 to 29 and 40 to 49 for soft tissue of body and head, 30 to
  39 for bone, 50 to 59 for lung, 80 and above for high resolution. The BRIDG model gives FC03 as
  an example for soft tissue; the ranges are recalled, not verified.

A kernel that is named in no table is unknown, and a result says so; a wrong entry costs a wrong
flag or a series that is not the smoothest of its study, never a wrong number of Hounsfield units.
"""

from __future__ import annotations

import re
from enum import StrEnum


class KernelKind(StrEnum):
    """What a kernel was made for."""

    SOFT = "soft"
    SHARP = "sharp"
    UNKNOWN = "unknown"


#: Highest number of a Siemens kernel for soft tissue: a design choice, see above.
_SIEMENS_SOFT = 45

_SOFT_WORDS = frozenset({"STANDARD", "STANDARD+", "STND", "STD", "SOFT", "SMOOTH", "DETAIL"})
_SHARP_WORDS = frozenset({"LUNG", "BONE", "BONEPLUS", "BONE+", "EDGE", "ULTRA", "SHARP"})
_PHILIPS_SOFT = frozenset({"A", "B", "C", "UA", "UB", "UC"})
_PHILIPS_SHARP = frozenset({"D", "E", "F", "L", "YA", "YB", "YC", "YD", "YE", "EB", "EC"})

#: Words of kernels that say no more of what they were made for.
_OTHER_WORDS = frozenset(
    {"FC", "FL", "HD", "CHST", "BODY", "HEAD", "BRAIN", "BRAIN+", "IAC", "IMR"}
)

_WORDS = _SOFT_WORDS | _SHARP_WORDS | _PHILIPS_SOFT | _PHILIPS_SHARP | _OTHER_WORDS

#: Up to three letters, a number and a letter or two (Br38f, FC08, I31s), or one digit: two can be
#: those of a date.
_CODE = re.compile(r"[A-Z]{1,3}\d{1,2}[A-Z]{0,2}|\d", re.IGNORECASE | re.ASCII)


def is_kernel_word(word: str) -> bool:
    """Return whether a word is made like those of kernels, and so says nothing of a person.

    Example:
        >>> is_kernel_word("Br38f"), is_kernel_word("BONEPLUS"), is_kernel_word("Jane")
        (True, True, False)
    """
    return word.upper() in _WORDS or _CODE.fullmatch(word) is not None


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
