"""Attributes that every file of a study has: patient, study, equipment, series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.export.encode import CT_IMAGE
from ctbone.phantom.export.plan import AcquisitionPlan, StudyPlan, make_uid
from ctbone.phantom.export.vendors import VENDORS, PrivateBlock, Vendor
from ctbone.phantom.tissue import Phase

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Code value, coding scheme and meaning.
Code = tuple[str, str, str]

#: From the beginning of the injection to the acquisition, as common protocols have it (recalled).
_DELAY_MINUTES: dict[Phase, float] = {
    "none": 0.0,
    "arterial": 0.5,
    "portal": 70.0 / 60.0,
    "excretory": 8.0,
}

#: The 32-cm phantom that doses to the body refer to.
BODY_PHANTOM: Code = ("113691", "DCM", "IEC Body Dosimetry Phantom")

_BODY_PART = {
    "chest": "CHEST",
    "abdomen": "ABDOMEN",
    "abdomen_pelvis": "ABDOMEN",
    "chest_abdomen": "CHEST",
    "lumbar": "LSPINE",
}


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """A patient as scanned: the plan of a study, and the body on that day."""

    plan: StudyPlan
    patient: Patient

    @property
    def vendor(self) -> Vendor:
        """Who made the scanner."""
        return VENDORS[self.plan.site.maker]


@dataclass(frozen=True, slots=True)
class SeriesHead:
    """What names a series.

    Attributes:
        uid: SeriesInstanceUID.
        number: SeriesNumber.
        description: SeriesDescription.
        minutes: How long after the beginning of the study it was acquired.
    """

    uid: str
    number: int
    description: str
    minutes: float = 0.0


def series_dataset(visit: Visit, head: SeriesHead) -> Dataset:
    """Return the attributes of patient, study, equipment and series."""
    from pydicom.dataset import Dataset

    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID = CT_IMAGE
    _add_patient(dataset, visit)
    _add_study(dataset, visit)
    _add_equipment(dataset, visit)
    _add_series(dataset, visit, head)
    return dataset


def _add_patient(dataset: Dataset, visit: Visit) -> None:
    plan, patient = visit.plan, visit.patient
    dataset.PatientName = f"Simulated^{plan.index:06d}"
    dataset.PatientID = plan.patient_id
    year = plan.birthday.year + plan.birthdays - patient.age_years
    dataset.PatientBirthDate = f"{year:04d}{plan.birthday:%m%d}"
    dataset.PatientSex = patient.sex
    dataset.PatientAge = f"{patient.age_years:03d}Y"
    dataset.PatientSize = decimal(patient.height_cm / 100.0)
    dataset.PatientWeight = decimal(patient.weight_kg)


def _add_study(dataset: Dataset, visit: Visit) -> None:
    plan = visit.plan
    dataset.StudyDate = plan.study_date.strftime("%Y%m%d")
    dataset.StudyTime = clock(plan, 0.0)
    dataset.AccessionNumber = f"A{plan.index:06d}{plan.visit}"
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = f"CT {plan.region.replace('_', ' ').upper()}"
    dataset.StudyInstanceUID = plan.study_uid
    dataset.StudyID = str(10 * plan.index + plan.visit + 1)


def _add_equipment(dataset: Dataset, visit: Visit) -> None:
    plan, vendor = visit.plan, visit.vendor
    dataset.Manufacturer = vendor.manufacturer
    dataset.ManufacturerModelName = vendor.model
    dataset.SoftwareVersions = vendor.software
    dataset.InstitutionName = plan.site.name
    dataset.StationName = f"CT{plan.site.name[:8].upper()}"
    dataset.DeviceSerialNumber = str(10000 + sum(map(ord, plan.site.name)))


def _add_series(dataset: Dataset, visit: Visit, head: SeriesHead) -> None:
    plan = visit.plan
    dataset.Modality = "CT"
    dataset.SeriesInstanceUID = head.uid
    dataset.SeriesNumber = head.number
    dataset.SeriesDescription = head.description
    dataset.ProtocolName = f"{plan.region.replace('_', ' ').title()} Routine"
    dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = dataset.StudyDate
    dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = clock(plan, head.minutes)
    dataset.BodyPartExamined = "EXTREMITY" if plan.fault == "no_torso" else _BODY_PART[plan.region]
    if plan.fault == "no_torso":
        dataset.Laterality = ""
    dataset.PatientPosition = plan.position
    dataset.FrameOfReferenceUID = make_uid(plan.study_uid, "frame")
    dataset.PositionReferenceIndicator = ""


def add_geometry_of_scanner(dataset: Dataset, visit: Visit) -> None:
    """Add where tube, table and detectors are."""
    vendor = visit.vendor
    dataset.DataCollectionDiameter = decimal(vendor.collection_mm)
    dataset.DistanceSourceToDetector, dataset.DistanceSourceToPatient = map(
        decimal, vendor.distances_mm
    )
    dataset.GantryDetectorTilt = 0
    dataset.TableHeight = decimal(round(150.0 + 0.1 * visit.plan.offset_mm[1], 1))
    dataset.RotationDirection = "CW"
    add_private(dataset, vendor.private)


def add_exposure(dataset: Dataset, visit: Visit, scan: AcquisitionPlan) -> None:
    """Add how the tube was driven: mAs are those of one rotation, by the pitch."""
    vendor = visit.vendor
    dataset.KVP = scan.kvp
    dataset.AcquisitionNumber = scan.number
    dataset.ExposureTime = round(1000.0 * vendor.rotation_s)
    dataset.XRayTubeCurrent = scan.current_ma
    dataset.Exposure = round(scan.current_ma * vendor.rotation_s)
    dataset.GeneratorPower = round(scan.kvp * scan.current_ma / 1000.0)
    dataset.FocalSpots = decimal(1.2)
    dataset.RevolutionTime = vendor.rotation_s
    dataset.SingleCollimationWidth, dataset.TotalCollimationWidth = vendor.collimation_mm
    dataset.SpiralPitchFactor = vendor.pitch
    dataset.TableFeedPerRotation = vendor.pitch * vendor.collimation_mm[1]
    dataset.TableSpeed = dataset.TableFeedPerRotation / vendor.rotation_s
    dataset.CTDIvol = round(dose_index_mgy(visit, scan), 2)
    dataset.CTDIPhantomTypeCodeSequence = [coded(BODY_PHANTOM)]
    if vendor.filter_type:
        dataset.FilterType = vendor.filter_type
    if vendor.scan_options[0]:
        dataset.ScanOptions = vendor.scan_options[0]


def add_contrast(dataset: Dataset, visit: Visit, scan: AcquisitionPlan) -> None:
    """Add which agent was given, how much, and when."""
    if scan.phase == "none":
        return
    delay = _DELAY_MINUTES[scan.phase]
    dataset.ContrastBolusAgent = visit.vendor.contrast_agent
    dataset.ContrastBolusRoute = "IV"
    dataset.ContrastBolusVolume = 100
    dataset.ContrastBolusStartTime = clock(visit.plan, scan.minutes - delay)
    dataset.ContrastBolusStopTime = clock(visit.plan, scan.minutes - delay + 100.0 / 3.0 / 60.0)
    dataset.ContrastBolusTotalDose = 100
    dataset.ContrastFlowRate = 3
    dataset.ContrastBolusIngredient = "IODINE"
    dataset.ContrastBolusIngredientConcentration = 350


def add_private(dataset: Dataset, block: PrivateBlock) -> None:
    """Add private elements, with their creator."""
    found = dataset.private_block(block.group, block.creator, create=True)
    for offset, representation, value in block.elements:
        found.add_new(offset, representation, int(value) if representation == "US" else value)


def dose_index_mgy(visit: Visit, scan: AcquisitionPlan) -> float:
    """Return CTDIvol: 0.067 mGy per effective mAs at 120 kV in the 32-cm phantom.

    The coefficient, and its growth with the 2.5th power of the tube potential, are recalled as
    typical, for no scanner in particular.
    """
    effective_mas = scan.current_ma * visit.vendor.rotation_s / visit.vendor.pitch
    return 0.067 * effective_mas * float((scan.kvp / 120.0) ** 2.5)


def coded(code: Code) -> Dataset:
    """Return the item of a code sequence."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def instance(base: Dataset, number: int, *, frame: str = "") -> Dataset:
    """Return a copy that shares the elements of the series and is an instance of its own."""
    from pydicom.dataset import Dataset

    dataset = Dataset(dict(base.items()))
    dataset.SOPInstanceUID = make_uid(base.SeriesInstanceUID, number, *([frame] if frame else []))
    dataset.InstanceNumber = number
    return dataset


def clock(plan: StudyPlan, minutes: float) -> str:
    """Return a time of the study as DICOM's TM, to the millisecond."""
    total = round(1000.0 * 60.0 * (plan.minute + minutes))
    seconds, thousandths = divmod(total, 1000)
    hours, rest = divmod(seconds, 3600)
    return f"{hours:02d}{rest // 60:02d}{rest % 60:02d}.{thousandths:03d}"


def decimal(value: float) -> str:
    """Write a number as DICOM's decimal string, at most 16 characters."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) > 5e-7 else "0"
