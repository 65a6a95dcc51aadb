"""One study of a simulated-shape spine, screened by the HU line and delivered in every form."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ctbone.delivery import Delivery
from ctbone.densitometry import load_calibration
from ctbone.estimation import HuLine
from ctbone.ingest import index_export, read_volume
from ctbone.localisation import MaskEntry, SegmentationAlgorithm, locate_labels
from ctbone.records import ScreeningResult, SeriesRecord, StudyRecord
from ctbone.rules import shipped_rule
from ctbone.screening import Pipeline, screen_study
from ctbone.volume import CTVolume
from tests.ingest.stacks import write_stack
from tests.localisation.spine import make_spine

ENTRY = MaskEntry(path=None, numbering="verse", holds="body")

LOCATOR = SegmentationAlgorithm(name="ctbone localiser", version="1.2", sha256="ab" * 32)

#: Whose images these are, and what else a header says that no result may repeat.
IDENTITY = {
    "PatientName": "R\xf6e^Jane",
    "SpecificCharacterSet": "ISO_IR 100",
    "PatientID": "HOSP-4711",
    "PatientBirthDate": "19520317",
    "PatientSex": "F",
    "AccessionNumber": "ACC-99",
    "StudyID": "ST-17",
    "StudyDate": "20210405",
    "StudyTime": "101112",
    "ReferringPhysicianName": "Poe^Edgar",
}
FREE_TEXT = {
    "StudyDescription": "Abdomen of Mrs Roe",
    "SeriesDescription": "Roe axial",
    "InstitutionName": "Roe Clinic",
}

LINE = "{slope_mg_cm3_per_hu: 0.8, intercept_mg_cm3: -3, phantom: k2hpo4, scanner: a test,"
LINE += " kvp: null, residual_sd_mg_cm3: 6.0, source: made up}"


@dataclass(frozen=True)
class Screened:
    """A study, what was read of it, and what came of it."""

    study: StudyRecord
    series: SeriesRecord
    volume: CTVolume
    result: ScreeningResult


def write_export(folder: Path):
    spine = make_spine(("L1", "L2"), shape=(44, 52, 40), scan_degrees=(3.0, 8.0, -4.0))
    spacing = np.linalg.norm(spine.volume.affine[:3, :3], axis=0)
    write_stack(
        folder,
        np.asarray(spine.volume.hu).transpose(2, 1, 0),
        axes=spine.volume.affine[:3, :3] / spacing,
        spacing_mm=tuple(spacing),
        origin_mm=spine.volume.affine[:3, 3],
        FrameOfReferenceUID="1.2.3.4.77",
        **IDENTITY,
        **FREE_TEXT,
    )
    return spine


@pytest.fixture(scope="session")
def screened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("delivered")
    spine = write_export(folder / "export")
    (folder / "line.yaml").write_text(LINE)
    (study,) = index_export(folder / "export", key=b"test")
    (series,) = study.series
    volume = read_volume(series, check_unit=False)
    pipeline = Pipeline(
        select=lambda _: series,
        read=lambda _: volume,
        locate=lambda _: locate_labels(volume, spine.bodies, volume.affine, entry=ENTRY),
        estimate=HuLine(load_calibration(folder / "line.yaml")),
        levels=tuple(
            v.level for v in locate_labels(volume, spine.bodies, volume.affine, entry=ENTRY)
        ),
        rule=shipped_rule("acr_qct"),
    )
    return Screened(study, series, volume, screen_study(study, pipeline=pipeline))


@pytest.fixture(scope="session")
def delivered(screened, tmp_path_factory):
    """The folder of a run that delivered everything, and what it said of that."""
    out = tmp_path_factory.mktemp("out")
    made = delivery(out)
    flags = made(screened.study, screened.series, screened.volume, screened.result)
    assert flags == ()
    return out


def delivery(out, **changes):
    given = {
        "out": out,
        "wanted": ("sr", "seg", "capture", "pdf", "fhir"),
        "locator": LOCATOR,
        "digests": {"localiser": "ab" * 32, "calibration": "cd" * 32},
    }
    return Delivery(**(given | changes))
