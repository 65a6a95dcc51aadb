"""Internal calibration: the patient is the calibration phantom of the scan.

Air and subcutaneous fat are always needed, muscle or blood beside them. Blood of an enhanced scan
is not used, whether the header or the blood itself tells of the agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ctbone.densitometry.calibration import Calibration
from ctbone.densitometry.internal_reference import InternalReference, InternalTissue
from ctbone.densitometry.tissue_line import calibration_by_tissues
from ctbone.densitometry.tissue_samples import TissueSample, sample_tissues
from ctbone.errors import CalibratorNotFound
from ctbone.records import Flag, VertebraLocalisation
from ctbone.volume import CTVolume

_Samples = Mapping[InternalTissue, TissueSample]


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalCalibration:
    """The line of a scan by its tissues.

    Attributes:
        line: From attenuation to density.
        found_hu: What was found of each tissue that was used, Hounsfield units.
        flags: What a reader has to know of it.
    """

    line: Calibration
    found_hu: Mapping[InternalTissue, float]
    flags: tuple[Flag, ...]


def calibrate_internally(
    volume: CTVolume,
    vertebrae: Iterable[VertebraLocalisation],
    reference: InternalReference,
    *,
    kvp: float | None,
    contrast: bool | None,
) -> InternalCalibration:
    """Return the line of one scan, by the air, fat, muscle and blood about its vertebrae.

    Args:
        volume: The scan.
        vertebrae: Those that were located.
        reference: What tissues attenuate.
        kvp: Tube potential of the scan, kilovolts; ``None`` where the header is silent.
        contrast: Whether the header records a contrast agent; ``None`` where it is silent.

    Raises:
        CalibratorNotFound: If a tissue that is needed is not to be seen, or looks like none.
        OutOfDomain: If the reference does not hold for the tube potential.
    """
    samples = sample_tissues(volume, vertebrae)
    enhanced = bool(contrast) or _shows_agent(samples, reference)
    found = {
        tissue: sample.hu
        for tissue, sample in samples.items()
        if sample.hu is not None and not (enhanced and tissue not in reference.enhancement_hu)
    }
    _require(samples, found)
    line = calibration_by_tissues(found, reference, kvp=kvp, enhanced=enhanced)
    noticed = {
        Flag.CONTRAST_ENHANCED: enhanced,
        Flag.CALIBRATED_WITHOUT_MUSCLE: "muscle" not in found,
        Flag.CALIBRATED_WITHOUT_BLOOD: "blood" not in found,
    }
    flags = tuple(flag for flag, holds in noticed.items() if holds)
    return InternalCalibration(line=line, found_hu=found, flags=flags)


def _shows_agent(samples: _Samples, reference: InternalReference) -> bool:
    blood_hu = samples["blood"].hu
    return blood_hu is not None and blood_hu >= reference.enhanced_blood_hu


def _require(samples: _Samples, found: Mapping[InternalTissue, float]) -> None:
    """Refuse a scan that shows too little.

    Raises:
        CalibratorNotFound: With the tissue, what was expected of it and what was found.
    """
    for tissue in ("air", "fat"):
        if tissue not in found:
            raise CalibratorNotFound(_lacks(tissue, samples[tissue]))
    if not {"muscle", "blood"} & found.keys():
        muscle, blood = (_lacks(one, samples[one]) for one in ("muscle", "blood"))
        is_seen = samples["blood"].hu is not None
        unused = "blood: not used where an agent is given"
        raise CalibratorNotFound(f"{muscle}; {unused if is_seen else blood}")


def _lacks(tissue: str, sample: TissueSample) -> str:
    return (
        f"{tissue}: expected at least {sample.least_mm3:.0f} mm3 of it about T12 to L3, "
        f"found {sample.volume_mm3:.0f}"
    )
