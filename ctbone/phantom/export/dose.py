"""Doses as a structured report: X-Ray Radiation Dose SR, by template TID 10011 of DICOM PS3.16."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctbone.phantom.export.encode import DOSE_REPORT, Image
from ctbone.phantom.export.headers import (
    BODY_PHANTOM,
    Code,
    SeriesHead,
    Visit,
    coded,
    dose_index_mgy,
    instance,
    series_dataset,
)
from ctbone.phantom.export.plan import AcquisitionPlan, make_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TARGET: dict[str, Code] = {
    "chest": ("51185008", "SCT", "Chest"),
    "abdomen": ("818981001", "SCT", "Abdomen"),
    "abdomen_pelvis": ("818982008", "SCT", "Abdomen and Pelvis"),
    "chest_abdomen": ("416775004", "SCT", "Chest, Abdomen and Pelvis"),
    "lumbar": ("122496007", "SCT", "Lumbar spine"),
}


def dose_report(visit: Visit, *, length_mm: float) -> Image:
    """Return the report of a study.

    Args:
        visit: The study.
        length_mm: How far each acquisition scanned.
    """
    plan = visit.plan
    head = SeriesHead(make_uid(plan.study_uid, "dose report"), 997, "Dose Record", minutes=15.0)
    dataset = instance(series_dataset(visit, head), 1)
    _make_report(dataset)
    lengths = [(scan, length_mm) for scan in plan.acquisitions]
    dataset.ContentSequence = [
        *_context(visit),
        _accumulated(visit, lengths),
        *(_acquisition(visit, scan, length) for scan, length in lengths),
        _code(
            ("113854", "DCM", "Source of Dose Information"),
            ("113856", "DCM", "Automated Data Collection"),
        ),
    ]
    return Image(dataset, None)


def _make_report(dataset: Dataset) -> None:
    """Turn attributes of a CT series into those of a report."""
    for name in (
        "FrameOfReferenceUID", "PositionReferenceIndicator", "PatientPosition", "BodyPartExamined",
        "ProtocolName", "AcquisitionDate", "AcquisitionTime", "Laterality",
    ):  # fmt: skip
        if name in dataset:
            del dataset[name]
    dataset.SOPClassUID = DOSE_REPORT
    dataset.Modality = "SR"
    dataset.ReferencedPerformedProcedureStepSequence = []
    dataset.PerformedProcedureCodeSequence = []
    dataset.CompletionFlag = "COMPLETE"
    dataset.VerificationFlag = "UNVERIFIED"
    dataset.ValueType = "CONTAINER"
    dataset.ConceptNameCodeSequence = [coded(("113701", "DCM", "X-Ray Radiation Dose Report"))]
    dataset.ContinuityOfContent = "SEPARATE"
    dataset.ContentTemplateSequence = [_template("10011")]


def _context(visit: Visit) -> list[Dataset]:
    """Return what was done, who observed it, and what the sums go over."""
    procedure = _code(
        ("121058", "DCM", "Procedure reported"),
        ("77477000", "SCT", "Computed Tomography X-Ray"),
        relation="HAS CONCEPT MOD",
    )
    procedure.ContentSequence = [
        _code(
            ("363703001", "SCT", "Has Intent"),
            ("261004008", "SCT", "Diagnostic Intent"),
            relation="HAS CONCEPT MOD",
        )
    ]
    scope = _code(
        ("113705", "DCM", "Scope of Accumulation"),
        ("113014", "DCM", "Study"),
        relation="HAS OBS CONTEXT",
    )
    study = ("110180", "DCM", "Study Instance UID")
    scope.ContentSequence = [_uid(study, visit.plan.study_uid, relation="HAS PROPERTIES")]
    device = make_uid("device", visit.plan.site.name)
    return [
        procedure,
        _code(
            ("121005", "DCM", "Observer Type"),
            ("121007", "DCM", "Device"),
            relation="HAS OBS CONTEXT",
        ),
        _uid(("121012", "DCM", "Device Observer UID"), device, relation="HAS OBS CONTEXT"),
        scope,
    ]


def _accumulated(visit: Visit, lengths: list[tuple[AcquisitionPlan, float]]) -> Dataset:
    product = sum(dose_index_mgy(visit, scan) * length / 10.0 for scan, length in lengths)
    return _container(
        ("113811", "DCM", "CT Accumulated Dose Data"),
        [
            _number(
                ("113812", "DCM", "Total Number of Irradiation Events"),
                len(lengths),
                ("{events}", "UCUM", "events"),
            ),
            _number(("113813", "DCM", "CT Dose Length Product Total"), product, _MGY_CM),
        ],
    )


def _acquisition(visit: Visit, scan: AcquisitionPlan, length_mm: float) -> Dataset:
    """Return one turn of the tube along the patient: TID 10013."""
    event = make_uid(visit.plan.study_uid, "event", scan.number)
    dose = dose_index_mgy(visit, scan)
    return _container(
        ("113819", "DCM", "CT Acquisition"),
        [
            _text(("125203", "DCM", "Acquisition Protocol"), visit.plan.region),
            _code(("123014", "DCM", "Target Region"), _TARGET[visit.plan.region]),
            _code(
                ("113820", "DCM", "CT Acquisition Type"),
                ("116152004", "SCT", "Spiral Acquisition"),
            ),
            _uid(("113769", "DCM", "Irradiation Event UID"), event),
            _parameters(visit, scan, length_mm),
            _container(
                ("113829", "DCM", "CT Dose"),
                [
                    _number(("113830", "DCM", "Mean CTDIvol"), dose, ("mGy", "UCUM", "mGy")),
                    _code(("113835", "DCM", "CTDIw Phantom Type"), BODY_PHANTOM),
                    _number(("113838", "DCM", "DLP"), dose * length_mm / 10.0, _MGY_CM),
                ],
            ),
        ],
    )


def _parameters(visit: Visit, scan: AcquisitionPlan, length_mm: float) -> Dataset:
    vendor = visit.vendor
    single, total = vendor.collimation_mm
    speed = vendor.pitch * total / vendor.rotation_s
    current = scan.current_ma
    source = _container(
        ("113831", "DCM", "CT X-Ray Source Parameters"),
        [
            _text(("113832", "DCM", "Identification of the X-Ray Source"), "A"),
            _number(("113733", "DCM", "KVP"), scan.kvp, ("kV", "UCUM", "kV")),
            _number(("113833", "DCM", "Maximum X-Ray Tube Current"), current, _MA),
            _number(("113734", "DCM", "X-Ray Tube Current"), current, _MA),
            _number(("113834", "DCM", "Exposure Time per Rotation"), vendor.rotation_s, _S),
        ],
    )
    return _container(
        ("113822", "DCM", "CT Acquisition Parameters"),
        [
            _number(("113824", "DCM", "Exposure Time"), length_mm / speed, _S),
            _number(("113825", "DCM", "Scanning Length"), length_mm, _MM),
            _number(("113826", "DCM", "Nominal Single Collimation Width"), single, _MM),
            _number(("113827", "DCM", "Nominal Total Collimation Width"), total, _MM),
            _number(("113828", "DCM", "Pitch Factor"), vendor.pitch, ("{ratio}", "UCUM", "ratio")),
            _number(
                ("113823", "DCM", "Number of X-Ray Sources"),
                1,
                ("{X-Ray sources}", "UCUM", "X-Ray sources"),
            ),
            source,
        ],
    )


_MGY_CM: Code = ("mGy.cm", "UCUM", "mGy.cm")
_MA: Code = ("mA", "UCUM", "mA")
_MM: Code = ("mm", "UCUM", "mm")
_S: Code = ("s", "UCUM", "s")


def _item(kind: str, name: Code, relation: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.RelationshipType = relation
    item.ValueType = kind
    item.ConceptNameCodeSequence = [coded(name)]
    return item


def _container(name: Code, content: list[Dataset]) -> Dataset:
    item = _item("CONTAINER", name, "CONTAINS")
    item.ContinuityOfContent = "SEPARATE"
    item.ContentSequence = content
    return item


def _code(name: Code, value: Code, *, relation: str = "CONTAINS") -> Dataset:
    item = _item("CODE", name, relation)
    item.ConceptCodeSequence = [coded(value)]
    return item


def _uid(name: Code, value: str, *, relation: str = "CONTAINS") -> Dataset:
    item = _item("UIDREF", name, relation)
    item.UID = value
    return item


def _text(name: Code, value: str) -> Dataset:
    item = _item("TEXT", name, "CONTAINS")
    item.TextValue = value
    return item


def _number(name: Code, value: float, unit: Code) -> Dataset:
    from pydicom.dataset import Dataset

    measured = Dataset()
    measured.NumericValue = f"{value:.6g}"
    measured.MeasurementUnitsCodeSequence = [coded(unit)]
    item = _item("NUM", name, "CONTAINS")
    item.MeasuredValueSequence = [measured]
    return item


def _template(number: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.MappingResource = "DCMR"
    item.TemplateIdentifier = number
    return item
