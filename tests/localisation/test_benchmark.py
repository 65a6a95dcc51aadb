"""The benchmark of the localiser counts what is right, silently wrong and refused."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.localiser import outcomes
from benchmarks.localiser.figures import group_figures, judge, risk_coverage, trial_figures
from benchmarks.localiser.kept import _packed, _unpacked, read, write
from benchmarks.localiser.outcomes import attenuation, body_dice, try_study
from benchmarks.localiser.real import _compare, _read_positions, _verdict
from benchmarks.localiser.speed import _timed
from benchmarks.localiser.tables import speed_table, trial_table
from benchmarks.localiser.truth import Rendered, Truth, render_study
from ctbone.anatomy import VertebralLevel as Level
from ctbone.errors import LevelUncertain, Reason
from ctbone.phantom import DiseaseConfig, PatientConfig, ScanConfig, sample_patient
from ctbone.records import BodyMask, Morphometry, VertebraLocalisation
from ctbone.resampling import resample_to, sample_onto
from ctbone.training.studies import Study
from ctbone.volume import CTVolume, Grid

LEVELS = (Level.T12, Level.L1, Level.L2, Level.L3)
BODY_HU = 150


def boxed(centre, shape=(80, 64, 60), half=(20, 15, 12)):
    """Return a body of whole voxels of 1 mm about a centre that lies between voxels."""
    affine = np.eye(4)
    affine[:3, 3] = np.subtract(centre, 0.5 * (np.array(shape) - 1))
    inside = np.zeros(shape, bool)
    inside[tuple(slice(n // 2 - h, n // 2 + h) for n, h in zip(shape, half, strict=True))] = True
    return BodyMask(inside, affine)


def truth(number, level):
    centre = (50.5, 45.5, 125.5 - 32.0 * number)
    return Truth(
        level=level,
        centroid_mm=centre,
        axes=np.eye(3),
        heights_mm=(24.0, 24.0, 24.0),
        trabecular_hu=BODY_HU - 5.0,
        findings=(),
        is_whole=True,
        body=boxed(centre) if level in (Level.L1, Level.L2) else None,
    )


@pytest.fixture(autouse=True)
def trusting(monkeypatch):
    """Take what a locator says as it is: boxes are not bodies that would be trusted."""
    monkeypatch.setattr(outcomes, "assess", lambda volume, found, levels: tuple(found))


@pytest.fixture(scope="module")
def study():
    truths = tuple(truth(n, level) for n, level in enumerate(LEVELS))
    hu = np.zeros((102, 92, 160), np.int16)
    for one in truths:
        low = np.subtract(one.centroid_mm, (19.5, 14.5, 11.5)).astype(int)
        hu[tuple(slice(a, a + 2 * h) for a, h in zip(low, (20, 15, 12), strict=True))] = BODY_HU
    volume = CTVolume(hu, np.eye(4), "2.25.7")
    facts = {"field": "abdomen", "anomalies": [], "slice_mm": 2.0, "kernel": "standard"}
    return Rendered(seed=7, facts=facts, volume=volume, quiet=volume, truths=truths)


def localised(one, level=None, **changes):
    found = VertebraLocalisation(
        level or one.level,
        one.centroid_mm,
        np.eye(3),
        0.97,
        boxed(one.centroid_mm),
        is_whole=True,
        morphometry=Morphometry(
            height_anterior_mm=23.0, height_middle_mm=24.0, height_posterior_mm=26.0
        ),
    )
    return replace(found, **changes)


def oracle(study, **changes):
    return lambda volume: tuple(localised(t, **changes) for t in study.truths)


def slipped(study):
    names = (Level.L1, Level.L2, Level.L3, Level.L4)
    pairs = zip(study.truths, names, strict=True)
    return lambda volume: tuple(localised(t, name) for t, name in pairs)


def test_the_truth_is_right(study):
    found = try_study(oracle(study), study)
    assert (found.ending, found.chain, found.landmark) == ("located", "right", True)
    assert [(t.level, t.ending, t.found) for t in found.targets] == [
        ("L1", "measured", True),
        ("L2", "measured", True),
    ]
    for call in found.calls:
        assert call.is_right
        assert (call.error_mm, call.dice) == (0.0, 1.0)
        assert call.heights_error_mm == (-1.0, 0.0, 2.0)
        assert call.hu_error == pytest.approx(5.0)
        assert call.quiet_hu_error == pytest.approx(5.0)
        assert call.region_hu_error == pytest.approx(0.0)


def test_a_slip_is_silent_and_wrong(study):
    found = try_study(slipped(study), study)
    assert found.chain == "misnamed"
    assert [(c.level, c.actual) for c in found.calls] == [("L1", "T12"), ("L2", "L1")]
    figures = group_figures([found])
    assert figures["level_right"]["share"] == 0.0
    assert figures["studies_mislabelled"]["events"] == 1
    assert figures["named_right_of_found_right"]["share"] == 0.0
    # What was found was found, whatever it was called.
    assert figures["targets_found"] == 2


def test_a_refusal_is_no_mislabel(study):
    def refuse(volume):
        raise LevelUncertain("L1 or L2")

    found = try_study(refuse, study)
    assert (found.ending, found.detail, found.chain) == ("level_uncertain", "L1 or L2", "refused")
    figures = group_figures([found])
    assert figures["clear_refused"]["share"] == 1.0
    assert figures["clear_refusals"] == {"level_uncertain": 2}
    assert figures["level_right"] is None
    assert figures["studies_mislabelled"]["events"] == 0


def test_a_fault_ends_one_study_and_not_the_run(study):
    def fail(volume):
        raise ZeroDivisionError

    assert try_study(fail, study).ending == "unexpected"


def test_what_is_not_to_be_measured_counts_apart(study):
    broken = tuple(
        replace(t, findings=("wedge_fracture2",)) if t.level is Level.L1 else t
        for t in study.truths
    )
    other = replace(study, truths=broken)
    figures = group_figures([try_study(oracle(other), other)])
    assert (figures["clear"], figures["forbidden"]) == (1, 1)
    assert figures["forbidden_measured"]["share"] == 1.0
    assert figures["centroid_mm"]["n"] == 1
    told = try_study(oracle(other, reason=Reason.FRACTURE), other)
    assert told.calls == ()
    assert [t.ending for t in told.targets] == ["fracture", "fracture"]


def test_findings_that_do_not_forbid(study):
    worn = replace(
        study, truths=tuple(replace(t, findings=("osteophytes",)) for t in study.truths)
    )
    assert group_figures([try_study(oracle(worn), worn)])["clear"] == 2


def test_a_row_with_a_gap_is_misfound(study):
    gap = (study.truths[0], study.truths[2], study.truths[3])
    found = try_study(lambda volume: tuple(localised(t) for t in gap), study)
    assert found.chain == "misfound"
    assert [t.ending for t in found.targets] == ["not_found", "measured"]
    assert [t.found for t in found.targets] == [False, True]


def test_a_body_half_as_high_has_two_thirds_of_the_overlap():
    whole, half = boxed((0.0, 0.0, 0.0)), boxed((0.0, 0.0, 0.0), half=(20, 15, 6))
    assert body_dice(half, whole) == pytest.approx(2 * 0.5 / 1.5)


def test_risk_falls_where_doubt_is_told(study):
    sure, unsure = try_study(oracle(study), study), try_study(slipped(study), study)
    unsure = replace(unsure, calls=tuple(replace(c, confidence=0.5) for c in unsure.calls))
    curve = risk_coverage([sure, unsure])
    assert [(p["calls"], p["risk"]) for p in curve] == [(1, 0), (2, 0), (3, 0.3333), (4, 0.5)]
    assert curve[1]["coverage"] == 0.5


def test_criteria_are_judged_and_shown(study):
    unusual = replace(study, facts={**study.facts, "anomalies": ["T13"]})
    outcomes = [try_study(oracle(study), study), try_study(slipped(unusual), unusual)]
    trial = trial_figures(outcomes)
    met = {one["criterion"]: one["met"] for one in judge(trial["all"])}
    assert met["level right among called evaluable"] is False
    assert met["silent mislabels among studies with anomalies"] is False
    assert met["centroid error, median, mm"] is True
    assert trial["by_anomaly"]["T13"]["anomalies_mislabelled"]["share"] == 1.0
    text = trial_table(trial, judge(trial["all"]))
    assert "MISSED" in text
    assert "L1 for T12 1" in text


def test_nothing_tried_is_nothing_measured():
    trial = trial_figures([])
    assert {one["met"] for one in judge(trial["all"])} == {None}
    assert trial["risk_coverage"] == []


@pytest.fixture(scope="module")
def small():
    affine = np.diag([1.5, 1.5, 1.5, 1.0])
    affine[:3, 3] = (-60.0, -50.0, -75.0)
    return render_study(
        Study(
            seed=5,
            field="lumbar",
            patient=sample_patient(PatientConfig(disease=DiseaseConfig(prevalence=0.0)), seed=5),
            grid=Grid((80, 80, 90), affine),
            scan=ScanConfig(slice_thickness_mm=3.0, slice_increment_mm=3.0),
        )
    )


def test_the_true_body_is_that_of_the_scan(small):
    """On the voxels of the scan, its centre is the true centre."""
    (one,) = [t for t in small.truths if t.level is Level.L1]
    inside = sample_onto(
        one.body.inside,
        one.body.affine,
        Grid(small.volume.hu.shape, small.volume.affine),
        outside=0.0,
    )
    centre = small.volume.affine[:3, :3] @ np.argwhere(inside > 0.5).mean(axis=0)
    assert centre + small.volume.affine[:3, 3] == pytest.approx(one.centroid_mm, abs=1.5)
    assert 5_000.0 < one.body.volume_mm3 < 60_000.0


def test_without_noise_the_true_region_has_nearly_the_nominal_attenuation(small):
    (one,) = [t for t in small.truths if t.level is Level.L1]
    found = attenuation(small.quiet, localised(one, body=one.body, axes=one.axes))
    # The region is not the whole interior, which is what the nominal density is the mean of.
    assert found == pytest.approx(one.trabecular_hu, abs=25.0)


def test_the_scan_without_noise_lies_on_the_scan(small):
    """The same patient in the same place: they differ by noise, which has no bias."""
    there = resample_to(small.quiet, small.volume.grid, outside=-5000.0).hu
    both = there > -1500.0
    assert both.mean() > 0.2
    difference = small.volume.hu[both] - there[both]
    assert abs(np.median(difference)) < 3.0


def test_a_study_comes_back_as_it_was_kept(study, tmp_path):
    path = tmp_path / "v1-7.npz"
    write(study, path, "abc")
    again = read(path, "abc")
    assert np.array_equal(again.volume.hu, study.volume.hu)
    assert np.array_equal(again.volume.affine, study.volume.affine)
    assert again.facts == study.facts
    for kept, one in zip(again.truths, study.truths, strict=True):
        assert (kept.level, kept.centroid_mm, kept.findings) == (
            one.level,
            one.centroid_mm,
            one.findings,
        )
        assert (kept.body is None) == (one.body is None)
        assert kept.body is None or np.array_equal(kept.body.inside, one.body.inside)
    assert read(path, "another") is None


def test_packing_keeps_every_value_and_the_order_of_memory():
    hu = np.random.default_rng(0).integers(-1024, 3071, (9, 7, 5)).astype(np.int16)
    again = _unpacked(_packed(hu), hu.shape)
    assert np.array_equal(again, hu)
    assert again.flags.f_contiguous


def test_a_real_level_is_held_against_the_label_map(study):
    known = {t.level: localised(t) for t in study.truths if t.body is not None}
    right = _compare(localised(study.truths[1]), known)
    assert (right["actual"], right["error_mm"], right["dice"]) == ("L1", 0.0, 1.0)
    assert _verdict([right], (), None) == "right"
    wrong = _compare(localised(study.truths[2], Level.L1), known)
    assert (wrong["actual"], wrong["error_mm"], wrong["dice"]) == ("L2", 32.0, 0.0)
    assert _verdict([right, wrong], (), None) == "WRONG LEVEL"


def test_a_reading_by_eye_is_agreed_with_or_not(study, tmp_path):
    table = tmp_path / "positions.csv"
    table.write_text(
        "series_uid,reading,level,x_mm,y_mm,z_mm\n1.2,high,L1,50,45,94\n1.2,low,L1,50,45,62\n"
    )
    readings = _read_positions(table)["1.2"]
    found = tuple(localised(t) for t in study.truths)
    assert _verdict([], found, readings) == "agrees with reading high"
    assert _verdict([], found[2:], readings) == "AGREES WITH NO READING"
    assert _verdict([], found, None) == "no truth: look"


def test_a_peak_is_that_of_the_work_alone():
    def work():
        np.ones(8_000_000)

    blocks = [b"x" * 64_000 for _ in range(2_000)]
    # A hole in the heap of twice what the work takes; the last block keeps it there.
    del blocks[:-1]
    found = _timed(work, Namespace(repeats=2))
    # 61 MB of ones; what else the interpreter does meanwhile is small.
    assert 50.0 < found["peak_mb"] < 120.0
    assert _timed(lambda: None, Namespace(repeats=1))["peak_mb"] < 30.0
    text = speed_table(
        {"runs": {"ctbone": found, "GPU": None}, "criteria": [], "notes": ["2 threads"]}
    )
    assert "not measured" in text
