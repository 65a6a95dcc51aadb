"""Simulated exports, small enough for every test to use."""

import json

import pytest

from ctbone.phantom import SimulateConfig, SiteConfig, simulate
from ctbone.phantom.export.dxa import DxaResult
from ctbone.phantom.export.headers import Visit

SMALL = {"matrix": 64, "pixel_mm": 4.9, "regions": ("lumbar",)}


def _site(name, maker, **options):
    return SiteConfig(
        name, maker, slice_thicknesses_mm=(4.0,), enhanced_fraction=0.7, multiphase_fraction=0.6,
        **options,
    )  # fmt: skip


#: A site of each maker, one of each layout.
SITES = (
    _site("north", "siemens"),
    _site("east", "ge", layout="uids"),
    _site("west", "canon", layout="flat"),
    _site("south", "philips", external=True),
)


@pytest.fixture(scope="session")
def everything(tmp_path_factory):
    """Studies without faults that have all there is to have, and their configuration."""
    config = SimulateConfig(
        out=tmp_path_factory.mktemp("simulated") / "out", patients=8, seed=47, sites=SITES,
        fit_field=True, temporal_from="2021-06-01", follow_up_fraction=0.3,
        second_series_fraction=0.6, reformat_fraction=0.7, lateral_localizer_fraction=0.6,
        secondary_capture_fraction=0.8, dose_report_fraction=0.8, duplicate_fraction=0.4,
        clutter_fraction=0.6, directory_fraction=1.0, compressed_fraction=0.5,
        compressions=("rle", "jpegls", "jpeg", "jpeg2000"), **SMALL,
    )  # fmt: skip
    simulate(config)
    return config


@pytest.fixture(scope="session")
def truths(everything):
    """The truth of each study, by its UID."""
    return {p.stem: json.loads(p.read_text()) for p in (everything.out / "truth").iterdir()}


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def objects_of(folder):
    """Yield path and header of every DICOM file but directories."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    for path in files_of(folder):
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except InvalidDicomError:
            continue
        if "DirectoryRecordSequence" not in header:
            yield path, header


def visit_of(plan, patient):
    return Visit(plan, patient)


NO_DXA = DxaResult(
    region="L1-L4", area_cm2=40.0, bmc_g=40.0, bmd_g_cm2=1.0, exact_g_cm2=1.0, t_score=-0.43
)
