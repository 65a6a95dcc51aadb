"""What the acquisition of a series means for measuring it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctbone.densitometry import Acceptance, Calibration, DomainConfig, InternalCalibration
from ctbone.errors import OutOfDomain, Reason
from ctbone.estimation import HuLine
from ctbone.records import BmdEstimate, Flag
from ctbone.runs import RunLog
from ctbone.screening import ScreenConfig, outcomes
from ctbone.screening.study import Calibrated
from ctbone.screening.suitability import (
    Suitability,
    open_calibrator,
    open_correction,
    open_internal_reference,
)
from ctbone.volume import CTVolume

from .fakes import FakeEstimator, series, study, vertebra, volume

LINE = Calibration(
    slope_mg_cm3_per_hu=0.8,
    intercept_mg_cm3=0.0,
    phantom="k2hpo4",
    scanner="A",
    kvp=120.0,
    source="test",
)
SHIPPED = Path("pompe2015_aapm2026")


def opened(calibration=None, log=None):
    return open_correction(SHIPPED, calibration=calibration, log=log or RunLog("screen", None))


def corrected():
    return Acceptance(correction=opened())


def test_the_correction_of_a_run_is_named_with_version_and_digest():
    log = RunLog("screen", None)
    assert opened(log=log).name == "pompe2015_aapm2026"
    ((name, digest),) = log.weights.items()
    assert name == "correction pompe2015_aapm2026, version 1"
    assert len(digest) == 64
    assert open_correction(None, calibration=None, log=log) is None


def test_a_line_of_unknown_potential_takes_no_correction():
    with pytest.raises(ValueError, match="of the calibration, which says none; give it a kvp"):
        opened(replace(LINE, kvp=None))


def test_nothing_is_corrected_unless_it_is_asked_for():
    made = replace(series(), kvp=100.0, contrast=True)
    suitability = Suitability(estimate=HuLine())
    assert suitability.correct(made).ratio == 1.0
    assert suitability.flags(made) == ()


def test_a_line_for_the_potential_of_the_series_needs_no_correction():
    made = replace(series(), kvp=100.0)
    own = HuLine(replace(LINE, kvp=100.0))
    assert Suitability(estimate=own, accepts=corrected()).correct(made).ratio == 1.0
    other = Suitability(estimate=HuLine(LINE), accepts=corrected())
    assert other.correct(made).ratio == 0.927
    # What was brought to the potential of the line is not of another scanner by its potential.
    assert other.flags(made) == (Flag.CORRECTED_KV,)
    assert Suitability(estimate=HuLine(LINE)).flags(made) == (Flag.CALIBRATION_OF_ANOTHER_SCANNER,)


def test_a_series_out_of_the_domain_is_refused_before_its_voxels_are_read():
    made = replace(series(), kvp=80.0)
    with pytest.raises(OutOfDomain, match="found a series made at 80 kV"):
        Suitability(estimate=HuLine()).require(made)
    allowed = DomainConfig(minimum_kvp=0.0)
    with pytest.raises(OutOfDomain, match="pompe2015_aapm2026 holds for"):
        Suitability(estimate=HuLine(), accepts=replace(corrected(), domain=allowed)).require(made)


class MeanOfPatch(FakeEstimator):
    """Gives the mean attenuation of a patch for its density."""

    def __call__(self, patches):
        return tuple(
            BmdEstimate(level=one.level, bmd_mg_cm3=float(one.hu.mean()), sd_mg_cm3=2.0)
            for one in patches
        )


def test_every_estimator_sees_corrected_attenuation(make_pipeline):
    bright = CTVolume(np.full((40, 40, 40), 100, np.int16), volume().affine, "1.2.3.4")
    suitability = Suitability(estimate=MeanOfPatch(), accepts=corrected())
    pipeline = make_pipeline(
        select=lambda study: replace(study.series[0], kvp=100.0),
        read=lambda _: replace(bright, affine=_centred(bright)),
        estimate=suitability.estimate,
        suits=suitability.flags,
        correct=suitability.correct,
    )
    (result,) = outcomes([study()], pipeline=pipeline)
    assert result.decision.bmd_mg_cm3 == 92.7
    assert Flag.CORRECTED_KV in result.flags


def _centred(bright):
    affine = bright.affine.copy()
    affine[:3, 3] = -20.0
    return affine


def test_a_refused_study_is_a_rejection_that_says_how_it_was_acquired(make_pipeline):
    suitability = Suitability(estimate=HuLine())
    pipeline = make_pipeline(
        select=lambda study: replace(study.series[0], kvp=80.0), require=suitability.require
    )
    (rejection,) = outcomes([study()], pipeline=pipeline)
    assert rejection.reason is Reason.KVP_OUT_OF_DOMAIN
    assert (rejection.stage, rejection.acquisition.kvp) == ("read", 80.0)


def test_a_phase_is_assumed_for_a_correction_alone(tmp_path):
    with pytest.raises(ValueError, match="give --correction with it"):
        ScreenConfig(export=tmp_path, out=tmp_path, assume_phase="arterial")


def test_a_phantom_in_the_scan_gives_the_scan_its_line(monkeypatch):
    seen = []

    def calibrate(volume, calibrator, *, kvp):
        seen.append((calibrator.name, kvp))
        return replace(LINE, kvp=kvp, slope_mg_cm3_per_hu=0.5, scanner="phantom in the scan")

    monkeypatch.setattr("ctbone.screening.suitability.calibrate_in_scan", calibrate)
    log = RunLog("screen", None)
    calibrator = open_calibrator(Path("mindways_k2hpo4"), log=log)
    assert list(log.weights) == ["calibrator mindways_k2hpo4"]
    suitability = Suitability(estimate=HuLine(), calibrator=calibrator, accepts=corrected())
    made = replace(series(), kvp=100.0)
    found = suitability.calibrate(made, volume(), ())
    assert found.estimate.calibration.slope_mg_cm3_per_hu == 0.5
    assert (found.line.slope_mg_cm3_per_hu, found.line.slope_se) == (0.5, None)
    assert seen == [("mindways_k2hpo4", 100.0)]
    # The line was made at the tube potential of the scan itself.
    assert suitability.correct(made).ratio == 1.0


def test_each_scan_is_measured_by_its_own_estimator(make_pipeline):
    own = FakeEstimator(bmd={"L1": 100.0, "L2": 100.0}, name="of this scan")
    made = Calibrated(estimate=own, flags=(Flag.CALIBRATED_WITHOUT_BLOOD,))
    (result,) = outcomes([study()], pipeline=make_pipeline(calibrate=lambda *_: made))
    assert (result.model, result.decision.bmd_mg_cm3) == ("of this scan", 100.0)
    assert Flag.CALIBRATED_WITHOUT_BLOOD in result.flags
    assert result.line is None


def test_a_scan_without_the_phantom_is_a_rejection(make_pipeline):
    calibrator = open_calibrator(Path("mindways_k2hpo4"), log=RunLog("screen", None))
    suitability = Suitability(estimate=HuLine(), calibrator=calibrator)
    (rejection,) = outcomes([study()], pipeline=make_pipeline(calibrate=suitability.calibrate))
    assert (rejection.reason, rejection.stage) == (Reason.CALIBRATOR_NOT_FOUND, "estimate")


def test_there_is_one_way_to_a_density(tmp_path):
    two = {"calibration": Path("line.yaml"), "calibrator": Path("hydroxyapatite")}
    with pytest.raises(ValueError, match="give one of --model, --calibration, --calibrator and"):
        ScreenConfig(export=tmp_path, out=tmp_path, **two)


SOFT = Path("soft_tissue")


def test_the_reference_of_a_run_is_named_with_version_and_digest():
    log = RunLog("screen", None)
    assert open_internal_reference(SOFT, log=log).name == "soft_tissue"
    assert list(log.weights) == ["internal calibration soft_tissue, version 1"]
    assert "a phantom is in the scan, those are more accurate" in log.warnings[0]
    assert open_internal_reference(None, log=log) is None


def test_tissues_of_a_scan_give_it_its_line(monkeypatch):
    seen = []

    def calibrate(volume, vertebrae, reference, *, kvp, contrast):
        seen.append((vertebrae, reference.name, kvp, contrast))
        return InternalCalibration(
            line=replace(LINE, kvp=kvp, line_covariance=-0.1, slope_se=0.04),
            found_hu={"air": -1001.0, "fat": -103.0, "muscle": 50.0},
            flags=(Flag.CALIBRATED_WITHOUT_BLOOD,),
        )

    monkeypatch.setattr("ctbone.screening.suitability.calibrate_internally", calibrate)
    internal = open_internal_reference(SOFT, log=RunLog("screen", None))
    suitability = Suitability(estimate=HuLine(), internal=internal, accepts=corrected())
    made = replace(series(), kvp=100.0)
    found = suitability.calibrate(made, volume(), (vertebra(),))
    assert [(len(v), *rest) for v, *rest in seen] == [(1, "soft_tissue", 100.0, False)]
    assert found.estimate.calibration.kvp == 100.0
    assert found.line.tissues_hu == {"air": -1001.0, "fat": -103.0, "muscle": 50.0}
    assert found.flags == (Flag.CALIBRATED_WITHOUT_BLOOD,)
    # Tissues were seen at the tube potential of the scan: bone has to stay at it.
    assert suitability.correct(made).ratio == 1.0


def test_tissues_make_no_calibration_for_80_kv():
    internal = open_internal_reference(SOFT, log=RunLog("screen", None))
    made = replace(series(), kvp=80.0)
    with pytest.raises(OutOfDomain, match="expected 90 kV or more"):
        Suitability(estimate=HuLine(), internal=internal).require(made)
    allowed = DomainConfig(minimum_kvp=0.0)
    with pytest.raises(OutOfDomain, match="expected 100 to 140 kV, at which soft_tissue knows"):
        Suitability(
            estimate=HuLine(), accepts=Acceptance(domain=allowed), internal=internal
        ).require(made)


def test_a_scan_that_shows_no_tissue_is_a_rejection(make_pipeline):
    internal = open_internal_reference(SOFT, log=RunLog("screen", None))
    suitability = Suitability(estimate=HuLine(), internal=internal)
    (rejection,) = outcomes([study()], pipeline=make_pipeline(calibrate=suitability.calibrate))
    assert (rejection.reason, rejection.stage) == (Reason.CALIBRATOR_NOT_FOUND, "estimate")
    assert rejection.detail.startswith("air: expected at least 20000 mm3 of it about T12 to L3")
