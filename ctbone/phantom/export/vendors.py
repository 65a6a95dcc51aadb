"""How scanners of four makers write their files.

Kernel names, signedness, intercept, padding, words of ImageType and ScanOptions, distances and
collimation are those seen in headers of public archives, recalled rather than copied from any
document of the makers. Private blocks hold elements that public dictionaries name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ctbone.phantom.scanner.configuration import Kernel

#: Makers of scanners.
Maker = Literal["siemens", "ge", "philips", "canon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateBlock:
    """Private elements of one maker.

    Attributes:
        creator: Private creator, a data element of its own.
        group: Their group.
        elements: Offset in the block, value representation and value of each.
    """

    creator: str
    group: int
    elements: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTypes:
    """ImageType, from its third value on, by what an image shows."""

    axial: tuple[str, ...]
    localizer: tuple[str, ...]
    reformat: tuple[str, ...]
    report: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """What one maker's scanner writes.

    Attributes:
        manufacturer: Manufacturer.
        model: ManufacturerModelName.
        software: SoftwareVersions.
        kernels: ConvolutionKernel by family.
        filter_type: FilterType; empty where the maker writes none.
        scan_options: ScanOptions of a spiral, and of a localizer.
        is_signed: Whether stored values are signed.
        intercept: RescaleIntercept.
        padding: Stored value outside the circular field, and PixelPaddingValue.
        contrast_agent: ContrastBolusAgent of an enhanced series.
        image_types: What ImageType says.
        localizer_name: SeriesDescription of a localizer.
        collection_mm: DataCollectionDiameter.
        distances_mm: From the source to the detector, and to the patient.
        collimation_mm: SingleCollimationWidth and TotalCollimationWidth.
        pitch: SpiralPitchFactor.
        rotation_s: RevolutionTime.
        private: Private elements of every CT image.
    """

    manufacturer: str
    model: str
    software: str
    kernels: Mapping[Kernel, str]
    filter_type: str
    scan_options: tuple[str, str]
    is_signed: bool
    intercept: int
    padding: int
    contrast_agent: str
    image_types: ImageTypes
    localizer_name: str
    collection_mm: float
    distances_mm: tuple[float, float]
    collimation_mm: tuple[float, float]
    pitch: float
    rotation_s: float
    private: PrivateBlock


def _kernels(smooth: str, standard: str, sharp: str, ultra: str) -> Mapping[Kernel, str]:
    return MappingProxyType(
        {"smooth": smooth, "standard": standard, "sharp": sharp, "ultra": ultra}
    )


VENDORS: Mapping[Maker, Vendor] = MappingProxyType(
    {
        "siemens": Vendor(
            manufacturer="SIEMENS",
            model="SOMATOM Definition AS+",
            software="syngo CT 2012B",
            kernels=_kernels("B20f", "B30f", "B70f", "B80f"),
            filter_type="0",
            scan_options=("", ""),
            is_signed=False,
            intercept=-1024,
            padding=0,
            contrast_agent="APPLIED",
            image_types=ImageTypes(
                axial=("AXIAL", "CT_SOM5 SPI"),
                localizer=("LOCALIZER", "CT_SOM5 TOP"),
                reformat=("MPR", "CT_SOM5 MPR"),
                report=("OTHER", "CT_SOM5 PROT"),
            ),
            localizer_name="Topogramm",
            collection_mm=500.0,
            distances_mm=(1085.6, 595.0),
            collimation_mm=(0.6, 38.4),
            pitch=0.6,
            rotation_s=0.5,
            private=PrivateBlock(
                creator="SIEMENS MED", group=0x0009, elements=((0x10, "LO", "SOMATOM"),)
            ),
        ),
        "ge": Vendor(
            manufacturer="GE MEDICAL SYSTEMS",
            model="LightSpeed VCT",
            software="12HW28.8",
            kernels=_kernels("SOFT", "STANDARD", "BONE", "EDGE"),
            filter_type="BODY FILTER",
            scan_options=("HELICAL MODE", "SCOUT MODE"),
            is_signed=True,
            intercept=-1024,
            padding=-2000,
            contrast_agent="OMNIPAQUE 350",
            image_types=ImageTypes(
                axial=("AXIAL",),
                localizer=("LOCALIZER",),
                reformat=("REFORMATTED", "AVERAGE"),
                report=("SCREEN SAVE",),
            ),
            localizer_name="Scout",
            collection_mm=500.0,
            distances_mm=(949.075, 541.0),
            collimation_mm=(0.625, 40.0),
            pitch=0.984375,
            rotation_s=0.6,
            private=PrivateBlock(
                creator="GEMS_IDEN_01",
                group=0x0009,
                elements=((0x01, "LO", "CT_LIGHTSPEED"), (0x02, "SH", "CT01")),
            ),
        ),
        "philips": Vendor(
            manufacturer="Philips",
            model="Brilliance 64",
            software="3.5.5",
            kernels=_kernels("A", "B", "D", "E"),
            filter_type="B",
            scan_options=("HELIX", "SURVIEW"),
            is_signed=False,
            intercept=-1024,
            padding=0,
            contrast_agent="CONTRAST",
            image_types=ImageTypes(
                axial=("AXIAL", "HELIX"),
                localizer=("LOCALIZER",),
                reformat=("MPR",),
                report=("DOSE_INFO",),
            ),
            localizer_name="Surview",
            collection_mm=500.0,
            distances_mm=(1040.0, 570.0),
            collimation_mm=(0.625, 40.0),
            pitch=0.891,
            rotation_s=0.75,
            private=PrivateBlock(
                creator="ELSCINT1",
                group=0x00E1,
                elements=((0x32, "US", "1"), (0x22, "DS", "0\\0")),
            ),
        ),
        "canon": Vendor(
            manufacturer="TOSHIBA",
            model="Aquilion ONE",
            software="V4.61ER003",
            kernels=_kernels("FC12", "FC18", "FC30", "FC81"),
            filter_type="",
            scan_options=("HELICAL_CT", "SCANOSCOPE"),
            is_signed=True,
            intercept=0,
            padding=-2048,
            contrast_agent="CM",
            image_types=ImageTypes(
                axial=("AXIAL",),
                localizer=("LOCALIZER",),
                reformat=("MPR",),
                report=("SCREEN SAVE",),
            ),
            localizer_name="Scanogram",
            collection_mm=500.0,
            distances_mm=(1072.0, 600.0),
            collimation_mm=(0.5, 40.0),
            pitch=0.8125,
            rotation_s=0.5,
            private=PrivateBlock(
                creator="TOSHIBA_MEC_CT3",
                group=0x7005,
                elements=((0x0B, "SH", "ORG"), (0x0D, "CS", "BODY")),
            ),
        ),
    }
)
