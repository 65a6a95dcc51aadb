import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import nibabel as nib
import numpy as np
import pydicom
import pytest

from ctbone.configuring import configure
from ctbone.phantom import SimulateConfig, sample_patient, simulate
from ctbone.phantom.export.configuration import Fault
from ctbone.phantom.export.draw import plan_patient
from ctbone.phantom.export.simulate import write_patient
from ctbone.resources import config_path
from tests.phantom.export.conftest import SITES, SMALL, files_of, objects_of

_TABLES = {"cohort.csv", "masks.csv", "levels.csv", "dxa.csv"}


def test_the_export_holds_what_was_planned(everything, truths):
    root = everything.out / "export"
    plans = {
        plan.study_uid: plan
        for index in range(everything.patients)
        for plan in plan_patient(everything, index)
    }
    assert set(truths) == set(plans)
    found = {uid: [] for uid in plans}
    for _, header in objects_of(root):
        found[header.StudyInstanceUID].append(header)
    for uid, plan in plans.items():
        kinds = {header.SeriesInstanceUID for header in found[uid]}
        extras = plan.extras
        beside = (extras.has_capture, extras.has_dose_report, extras.reformat is not None)
        assert len(kinds) == 1 + len(plan.series) + sum(beside)
        names = [header.SOPInstanceUID for header in found[uid]]
        assert len(names) - len(set(names)) == extras.has_duplicate
        packed = {h.file_meta.TransferSyntaxUID.is_compressed for h in found[uid]}
        assert (True in packed) == (plan.compression != "none")


def _digests(out):
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_of(out)
        if path.name != "run.json"
    }


@pytest.mark.slow
def test_one_seed_gives_the_same_bytes_with_any_number_of_workers(everything, tmp_path):
    """And the first studies of a longer run are the studies of a shorter one."""
    again = replace(everything, out=tmp_path / "again", patients=2, workers=2)
    simulate(again)
    found, expected = _digests(again.out), _digests(everything.out)
    assert len(found) > 100
    assert {n: d for n, d in found.items() if n not in _TABLES}.items() <= expected.items()
    for name in _TABLES:
        table = (again.out / name).read_text()
        assert (everything.out / name).read_text().startswith(table)


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_broken_study_is_broken_as_named(tmp_path, fault):
    config = SimulateConfig(
        out=tmp_path,
        seed=9,
        sites=(replace(SITES[0], slice_thicknesses_mm=(5.0,), enhanced_fraction=0.0),),
        broken_fraction=1.0,
        faults=(fault,),
        second_series_fraction=0.0,
        secondary_capture_fraction=0.0,
        compressed_fraction=0.0,
        **SMALL,
    )
    (study,) = write_patient(config, 0)
    assert study.is_broken
    (truth,) = (json.loads(path.read_text()) for path in files_of(tmp_path / "truth"))
    assert truth["fault"] == fault
    folder = tmp_path / study.row.path
    files = files_of(folder / "SE000002") if fault != "scout_only" else []
    _FINDINGS[fault](folder, files, truth, study.masks)


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


def _is_a_scout_alone(study, _files_, truth, masked):
    assert [p.name for p in study.iterdir()] == ["SE000001"]
    assert masked == ()
    assert truth["series"] == truth["levels"] == []


def _lacks_l1(_study, _files_, truth, _masked):
    levels = {v["level"] for v in truth["series"][0]["vertebrae"] if v["is_whole"]}
    assert levels
    assert not levels & {"L1", "L2"}


def _contradicts_itself(_study, files, _truth, _masked):
    headers = [pydicom.dcmread(path) for path in files]
    heights = [header.SliceLocation for header in headers]
    (twice,) = {height for height in heights if heights.count(height) > 1}
    first, second = (header for header in headers if header.SliceLocation == twice)
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert not np.array_equal(first.pixel_array, second.pixel_array)


def _is_lossy(_study, files, _truth, _masked):
    assert {pydicom.dcmread(f).LossyImageCompression for f in files} == {"01"}


def _is_thick(_study, files, _truth, _masked):
    assert {float(pydicom.dcmread(f).SliceThickness) for f in files} == {8.0}


_FINDINGS = {
    "missing_slices": _has_gaps,
    "truncated_file": _is_cut,
    "no_torso": _shows_no_vertebra,
    "missing_rescale": _has_no_rescale,
    "scout_only": _is_a_scout_alone,
    "short_field": _lacks_l1,
    "contradicting_slices": _contradicts_itself,
    "lossy_compression": _is_lossy,
    "thick_slices": _is_thick,
}


def test_files_that_are_there_are_never_written_over(tmp_path):
    (tmp_path / "something").touch()
    with pytest.raises(ValueError, match="out must be a new or an empty folder"):
        simulate(SimulateConfig(out=tmp_path, patients=1))


@pytest.mark.parametrize("name", ["demo", "full", "broken", "two-sites", "night", "trial"])
def test_shipped_configurations_are_valid(name, tmp_path):
    words = ["--config", str(config_path(f"simulate/{name}.yaml")), "--out", str(tmp_path / "out")]
    config = configure(SimulateConfig, words, prog="simulate")
    plan = plan_patient(config, 0)[0]
    assert sample_patient(plan.site.patient or config.patient, seed=plan.seed).sex in "FM"


def test_masks_are_nifti_in_its_own_convention(everything):
    """NIfTI counts left and posterior the other way: the third column alone keeps its sign."""
    path = files_of(everything.out / "masks")[0]
    assert nib.aff2axcodes(nib.load(path).affine) == ("L", "P", "S")


def test_whole_vertebrae_hold_their_bodies(everything):
    for path in files_of(everything.out / "masks")[:3]:
        bodies = np.asarray(nib.load(path).dataobj)
        whole = np.asarray(nib.load(everything.out / "vertebrae" / path.name).dataobj)
        assert np.array_equal(whole[bodies > 0], bodies[bodies > 0])
        assert (whole > 0).sum() > 1.2 * (bodies > 0).sum()


def test_a_site_has_patients_of_its_own(tmp_path):
    from ctbone.phantom import PatientConfig

    old = PatientConfig(age_range_years=(80.0, 90.0), female_fraction=1.0)
    config = SimulateConfig(out=tmp_path, sites=(replace(SITES[0], patient=old),), **SMALL)
    (study,) = write_patient(config, 0)
    assert study.row.sex == "F"
    assert 80 <= study.row.age_years <= 90
    assert Path(tmp_path / study.row.path).is_dir()
