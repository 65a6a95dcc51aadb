"""How scanners of four makers write their files.

Kernel names, signedness, intercept and padding are those seen in public archives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ctbone.phantom.scanner.reconstruction import Kernel

#: Makers of scanners.
Maker = Literal["siemens", "ge", "philips", "canon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """What one maker's scanner writes.

    Attributes:
        manufacturer: Manufacturer.
        model: ManufacturerModelName.
        kernels: ConvolutionKernel by family.
        is_signed: Whether stored values are signed.
        intercept: RescaleIntercept.
        padding: Stored value outside the circular field, and PixelPaddingValue.
        contrast_agent: ContrastBolusAgent of an enhanced series.
        image_type: Further values of ImageType.
    """

    manufacturer: str
    model: str
    kernels: Mapping[Kernel, str]
    is_signed: bool
    intercept: int
    padding: int
    contrast_agent: str
    image_type: tuple[str, ...]


def _kernels(smooth: str, standard: str, sharp: str) -> Mapping[Kernel, str]:
    return MappingProxyType({"smooth": smooth, "standard": standard, "sharp": sharp})


VENDORS: Mapping[Maker, Vendor] = MappingProxyType(
    {
        "siemens": Vendor(
            manufacturer="SIEMENS",
            model="SOMATOM Definition AS+",
            kernels=_kernels("B20f", "B30f", "B70f"),
            is_signed=False,
            intercept=-1024,
            padding=0,
            contrast_agent="APPLIED",
            image_type=("AXIAL", "CT_SOM5 SPI"),
        ),
        "ge": Vendor(
            manufacturer="GE MEDICAL SYSTEMS",
            model="LightSpeed VCT",
            kernels=_kernels("SOFT", "STANDARD", "BONE"),
            is_signed=True,
            intercept=-1024,
            padding=-2000,
            contrast_agent="OMNIPAQUE 350",
            image_type=("AXIAL",),
        ),
        "philips": Vendor(
            manufacturer="Philips",
            model="Brilliance 64",
            kernels=_kernels("A", "B", "D"),
            is_signed=False,
            intercept=-1024,
            padding=0,
            contrast_agent="CONTRAST",
            image_type=("AXIAL", "HELIX"),
        ),
        "canon": Vendor(
            manufacturer="TOSHIBA",
            model="Aquilion ONE",
            kernels=_kernels("FC12", "FC18", "FC30"),
            is_signed=True,
            intercept=0,
            padding=-2048,
            contrast_agent="CM",
            image_type=("AXIAL",),
        ),
    }
)
