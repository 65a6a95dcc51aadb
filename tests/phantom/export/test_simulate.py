import csv
import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK

from ctbone.anatomy import VertebralLevel
from ctbone.cohort import read_cohort
from ctbone.phantom import SimulateConfig, SiteConfig, sample_patient, simulate
from ctbone.phantom.export.configuration import Fault
from ctbone.phantom.export.plan import plan_study
from ctbone.phantom.export.simulate import to_row, write_study
from ctbone.resources import config_path
from ctbone.rules import shipped_rule

SMALL = {"matrix": 64, "pixel_mm": 6.0, "regions": ("abdomen",)}
SITES = (
    SiteConfig("north", "siemens", slice_thicknesses_mm=(5.0,)),
    SiteConfig("east", "ge", slice_thicknesses_mm=(4.0,), enhanced_fraction=1.0),
    SiteConfig("west", "canon", slice_thicknesses_mm=(5.0,)),
    SiteConfig("south", "philips", external=True, slice_thicknesses_mm=(5.0,)),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated") / "out"
    config = SimulateConfig(
        out=out, patients=10, seed=4, sites=SITES, compressed_fraction=0.5,
        second_series_fraction=0.3, secondary_capture_fraction=0.5, **SMALL,
    )  # fmt: skip
    simulate(config)
    return config


def _files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _headers(out):
    return [
        (path, pydicom.dcmread(path, stop_before_pixels=True)) for path in _files(out / "export")
    ]


def _truth(out):
    return {p.stem: json.loads(p.read_text()) for p in (out / "truth").iterdir()}


def _first_series(out):
    """Yield each study's truth and the files of its main axial series, feet first."""
    by_series = {}
    for path, header in _headers(out):
        by_series.setdefault(header.SeriesInstanceUID, []).append((path, header))
    for truth in _truth(out).values():
        found = by_series[truth["series"][0]["series_uid"]]
        yield truth, sorted(found, key=lambda pair: pair[1].ImagePositionPatient[2])


def test_the_export_looks_like_a_pacs_export(made):
    headers = _headers(made.out)
    assert not any(path.suffix for path, _ in headers)
    assert len({header.SOPInstanceUID for _, header in headers}) == len(headers)
    assert {header.StudyInstanceUID for _, header in headers} == set(_truth(made.out))
    assert all(header.SOPInstanceUID.startswith("2.25.") for _, header in headers)
    assert all(len(header.SOPInstanceUID) <= 64 for _, header in headers)
    kinds = Counter(str(header.ImageType[2]) for _, header in headers)
    assert kinds["LOCALIZER"] == 10
    assert kinds["SCREEN SAVE"] >= 1
    assert {h.Manufacturer for _, h in headers} >= {"SIEMENS", "GE MEDICAL SYSTEMS"}
    syntaxes = {header.file_meta.TransferSyntaxUID for _, header in headers}
    assert {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80"} == syntaxes


def test_contrast_is_in_the_header_where_it_is_in_the_patient(made):
    phases = set()
    for truth, files in _first_series(made.out):
        has_agent = "ContrastBolusAgent" in files[0][1]
        assert has_agent == (truth["series"][0]["phase"] != "none")
        phases.add(has_agent)
    assert phases == {True, False}


def test_geometry_read_by_simpleitk_puts_labels_on_the_truth(made):
    """Centroids of the truth fall into their own label, by index, in the image that was read."""
    with (made.out / "masks.csv").open(newline="") as file:
        masks = {row["series_uid"]: row for row in csv.DictReader(file)}
    checked = 0
    for truth, files in _first_series(made.out):
        if truth["compression"] != "none":
            continue
        reader = SimpleITK.ImageSeriesReader()
        reader.SetFileNames([str(path) for path, _ in files])
        image = reader.Execute()
        series = truth["series"][0]
        row = masks[series["series_uid"]]
        assert row["numbering"] == "ctbone"
        labels = SimpleITK.ReadImage(str(made.out / row["mask"]))
        assert np.allclose(labels.GetOrigin(), image.GetOrigin(), atol=1e-3)
        assert np.allclose(labels.GetSpacing(), image.GetSpacing(), atol=1e-4)
        assert np.allclose(labels.GetDirection(), image.GetDirection(), atol=1e-5)
        assert labels.GetSize() == image.GetSize()
        assert all(VertebralLevel[f["level"]] and f["kind"] for f in truth["findings"])
        assert all(min(v["heights_mm"]) > 6.0 for v in series["vertebrae"])
        painted = set(np.unique(SimpleITK.GetArrayViewFromImage(labels)).tolist())
        assert painted <= {0, *VertebralLevel}
        for vertebra in series["vertebrae"]:
            if vertebra["is_whole"] and vertebra["level"] in ("L1", "L2"):
                index = image.TransformPhysicalPointToIndex(vertebra["centroid_mm"])
                assert labels[index] == VertebralLevel[vertebra["level"]]
                assert -40 < image[index] < 500
                checked += 1
    assert checked >= 6


def test_values_rescale_to_the_same_tissue_for_every_maker(made):
    """Air is air, and what is outside the circle is padding, whatever the encoding."""
    for truth, files in _first_series(made.out):
        path, header = files[len(files) // 2]
        hu = _read(path)
        assert hu[0, 0] == header.PixelPaddingValue + header.RescaleIntercept, truth["compression"]
        assert hu[0, 0] <= -1024
        assert -1024 <= hu[3, 32] < -880
        assert -250 < hu[32, 32] < 1500


def _read(path):
    """Read one slice, decoded and rescaled, rows by columns."""
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0].astype(int)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.maker)
def test_compression_loses_nothing(tmp_path, site):
    found = {}
    for share in (0.0, 1.0):
        for index in range(2):
            config = SimulateConfig(
                out=tmp_path / str(share), seed=1, sites=(site,), second_series_fraction=0.0,
                compressed_fraction=share, **SMALL | {"matrix": 32, "pixel_mm": 12.0},
            )  # fmt: skip
            row, _ = write_study(config, index)
            paths = _files(config.out / row.path / "SE000002")
            found[share, index] = [_read(path) for path in paths[:3]]
    for index in range(2):
        assert np.array_equal(found[0.0, index], found[1.0, index])


def test_reference_results_are_those_of_the_truth(made):
    truths = _truth(made.out)
    rows = read_cohort(made.out / "cohort.csv")
    assert len(rows) == 10
    for row in rows:
        truth = truths[row.study_uid]
        assert row.bmd_mg_cm3 == pytest.approx(truth["bmd_mg_cm3"], abs=0.006)
        assert row.category is shipped_rule("acr_qct").category(row.bmd_mg_cm3)
        assert row.reference_standard == "simulated"
        assert (row.split == "external_test") == (row.site == "south")
        assert {p.name for p in (made.out / row.path).iterdir()} >= {"SE000001", "SE000002"}
        header = pydicom.dcmread(_files(made.out / row.path)[0], stop_before_pixels=True)
        assert header.PatientID == row.patient_id
        assert header.PatientAge == f"{row.age_years:03.0f}Y"


def _digests(out):
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _files(out)
        if path.name != "run.json"
    }


@pytest.mark.slow
def test_one_seed_gives_the_same_bytes_with_any_number_of_workers(made, tmp_path):
    """And the first studies of a longer run are the studies of a shorter one."""
    again = replace(made, out=tmp_path / "again", patients=3, workers=2)
    simulate(again)
    found, expected = _digests(again.out), _digests(made.out)
    tables = {"cohort.csv", "masks.csv"}
    assert len(found) > 100
    assert {n: d for n, d in found.items() if n not in tables}.items() <= expected.items()


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_broken_study_is_broken_as_named(tmp_path, fault):
    config = SimulateConfig(
        out=tmp_path,
        seed=9,
        sites=SITES[:1],
        broken_fraction=1.0,
        faults=(fault,),
        second_series_fraction=0.0,
        secondary_capture_fraction=0.0,
        compressed_fraction=0.0,
        **SMALL,
    )
    row, masked = write_study(config, 0)
    (truth,) = _truth(tmp_path).values()
    assert truth["fault"] == fault
    files = _files(tmp_path / row.path / "SE000002") if fault != "scout_only" else []
    _FINDINGS[fault](tmp_path / row.path, files, truth, masked)


def _has_gaps(_study, files, _truth, _masked):
    heights = sorted(float(pydicom.dcmread(f).SliceLocation) for f in files)
    assert len(set(np.round(np.diff(heights), 3))) > 1


def _is_cut(_study, files, _truth, _masked):
    sizes = [path.stat().st_size for path in files]
    assert min(sizes) < 0.6 * max(sizes)


def _shows_no_vertebra(_study, files, truth, _masked):
    assert truth["series"][0]["vertebrae"] == []
    assert pydicom.dcmread(files[0]).BodyPartExamined == "EXTREMITY"


def _has_no_rescale(_study, files, _truth, _masked):
    assert all("RescaleSlope" not in pydicom.dcmread(f, stop_before_pixels=True) for f in files)


def _is_a_scout_alone(study, _files_, _truth, masked):
    assert [p.name for p in study.iterdir()] == ["SE000001"]
    assert masked == []


def _lacks_l1(_study, _files_, truth, _masked):
    levels = {v["level"] for v in truth["series"][0]["vertebrae"] if v["is_whole"]}
    assert levels
    assert not levels & {"L1", "L2"}


_FINDINGS = {
    "missing_slices": _has_gaps,
    "truncated_file": _is_cut,
    "no_torso": _shows_no_vertebra,
    "missing_rescale": _has_no_rescale,
    "scout_only": _is_a_scout_alone,
    "short_field": _lacks_l1,
}


def test_studies_are_different():
    config = SimulateConfig(out=Path("unused"), patients=1)
    plans = [plan_study(config, index) for index in range(5)]
    assert len({plan.seed for plan in plans}) == 5
    assert len({plan.study_uid for plan in plans}) == 5


def test_a_qct_reference_has_its_precision():
    config = SimulateConfig(out=Path("unused"), reference_standard="QCT", qct_sd_mg_cm3=3.0)
    patient = sample_patient(config.patient, seed=0)
    errors = []
    for index in range(200):
        row = to_row(config, plan_study(config, index), patient, path="")
        assert row.reference_standard == "QCT"
        errors.append(row.bmd_mg_cm3 - patient.bmd_mg_cm3)
    assert np.std(errors) == pytest.approx(3.0, rel=0.15)
    assert abs(np.mean(errors)) < 0.7


def test_sites_and_splits_come_in_the_shares_asked_for():
    config = SimulateConfig(
        out=Path("unused"), patients=1, sites=SITES, broken_fraction=0.1, compressed_fraction=0.3
    )
    plans = [plan_study(config, index) for index in range(600)]
    sites = Counter(plan.site.name for plan in plans)
    assert all(110 < count < 190 for count in sites.values())
    inside = Counter(plan.split for plan in plans if not plan.site.external)
    assert inside["train"] / sum(inside.values()) == pytest.approx(0.6, abs=0.07)
    assert {plan.split for plan in plans if plan.site.external} == {"external_test"}
    assert sum(plan.fault is not None for plan in plans) / 600 == pytest.approx(0.1, abs=0.04)
    assert np.std([plan.offset_mm[2] for plan in plans]) > 200.0


def test_a_region_shows_its_levels(tmp_path):
    config = SimulateConfig(
        out=tmp_path,
        sites=SITES[:1],
        second_series_fraction=0.0,
        **SMALL | {"regions": ("lumbar",)},
    )
    row, _ = write_study(config, 0)
    truth = _truth(tmp_path)[row.study_uid]
    levels = {v["level"] for v in truth["series"][0]["vertebrae"] if v["is_whole"]}
    assert {"L1", "L2", "L3", "L4"} <= levels
    assert "T4" not in levels


def test_files_that_are_there_are_never_written_over(tmp_path):
    (tmp_path / "something").touch()
    with pytest.raises(ValueError, match="out must be a new or an empty folder"):
        simulate(SimulateConfig(out=tmp_path, patients=1))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"patients": 0}, "patients must be at least 1, got 0"),
        ({"matrix": 15}, "matrix must be at least 16, got 15"),
        ({"pixel_mm": 0.0}, "pixel_mm must be positive"),
        ({"broken_fraction": 1.2}, "broken_fraction must lie"),
        ({"internal_fractions": (0.5, 0.5, 0.5)}, "internal_fractions must sum to 1"),
        ({"sites": ()}, "must not be empty"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_impossible_configurations_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        SimulateConfig(out=Path("unused"), **changed)


@pytest.mark.parametrize("name", ["demo", "full", "broken"])
def test_shipped_configurations_are_valid(name):
    from jsonargparse import ArgumentParser

    parser = ArgumentParser(exit_on_error=False)
    parser.add_class_arguments(SimulateConfig, "run")
    text = config_path(f"simulate/{name}.yaml").read_text(encoding="utf-8")
    lines = "\n".join(f"  {line}" for line in text.splitlines())
    parsed = parser.parse_string(f"run:\n  out: somewhere\n{lines}\n")
    config = parser.instantiate(parsed).run
    plan = plan_study(config, 0)
    assert sample_patient(config.patient, seed=plan.seed).sex in "FM"


def test_masks_are_nifti_in_its_own_convention(made):
    """NIfTI counts left and posterior the other way: the third column alone keeps its sign."""
    path = _files(made.out / "masks")[0]
    assert nib.aff2axcodes(nib.load(path).affine) == ("L", "P", "S")
