"""The benchmark of trabecular bone tells noise, beam hardening and outline apart."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace as Namespace

import numpy as np
import pytest

from benchmarks import trabecular, trabecular_scanner
from benchmarks.trabecular import moved, summary
from benchmarks.trabecular_scanner import level_effects, scanner_effects, study_effects
from ctbone.anatomy import VertebralLevel
from ctbone.phantom import DiseaseConfig, PatientConfig, ScanConfig, sample_patient
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.training.studies import Study
from ctbone.volume import CTVolume, Grid

#: Left, posterior, superior; voxels of 1 mm.
SHAPE = (60, 60, 40)

#: A lattice that begins 40 mm higher, and the middle of a volume on it.
UP, UP_MM = np.eye(4), (29.5, 29.5, 59.5)
UP[2, 3] = 40.0


@pytest.fixture(scope="module")
def vertebra():
    inside = np.zeros(SHAPE, bool)
    inside[10:-10, 12:-12, 6:-6] = True
    middle = (29.5, 29.5, 19.5)
    return VertebraLocalisation(
        VertebralLevel.L1, middle, np.eye(3), 1.0, BodyMask(inside, np.eye(4)), is_whole=True
    )


def volume(hu):
    return CTVolume(np.full(SHAPE, hu, np.int16), np.eye(4), "")


def test_an_effect_is_what_a_volume_has_more_than_the_quiet_one(vertebra):
    volumes = {"": volume(150), "up": volume(155), "down": volume(147)}
    assert level_effects(vertebra, volumes) == pytest.approx({"up": 5.0, "down": -3.0})


def test_what_cannot_be_measured_has_no_effects(vertebra):
    flat = np.zeros(SHAPE, bool)
    flat[10:-10, 12:-12, 19:21] = True
    thin = replace(vertebra, body=BodyMask(flat, np.eye(4)))
    assert level_effects(thin, {"": volume(150), "up": volume(155)}) == {}


def study(**scan):
    """Return coarse slices about L1 and L2 of a patient without disease."""
    patient = sample_patient(PatientConfig(disease=DiseaseConfig(prevalence=0.0)), seed=3)
    grid = Grid.about((0.0, 0.0, -17.0), np.eye(3), shape=(80, 80, 60), spacing_mm=2.0)
    return Study(seed=3, field="lumbar", patient=patient, grid=grid, scan=ScanConfig(**scan))


def truth(level, **changes):
    return Namespace(**{"level": level, "is_whole": True, "findings": (), **changes})


def test_a_study_is_the_mean_of_its_sound_levels(vertebra, monkeypatch):
    levels = VertebralLevel
    truths = (
        truth(levels.T12),
        truth(levels.L1),
        truth(levels.L2),
        truth(levels.L2, findings=("osteophytes",)),
        truth(levels.L2, is_whole=False),
    )
    # L2 lies in the upper half of the volume, which noise does not move.
    shifted = replace(vertebra, body=replace(vertebra.body, affine=UP), centroid_mm=UP_MM)

    def scanned(scene, *, scan, seed):
        hu = np.full((60, 60, 80), 150.0 - 3.0 * scan.beam_hardening, np.float32)
        hu[:, :, :40] += scan.noise_hu
        return Namespace(volume=CTVolume(hu, np.eye(4), ""), vertebrae=truths)

    outlines = {levels.L1: vertebra, levels.L2: shifted}
    monkeypatch.setattr(trabecular_scanner, "paint", lambda *given, **named: None)
    monkeypatch.setattr(trabecular_scanner, "reconstruct", scanned)
    monkeypatch.setattr(trabecular_scanner, "outlined", lambda truth, _: outlines[truth.level])
    found = study_effects(study(noise_hu=10.0, beam_hardening=2.0))
    assert found == pytest.approx({"noise alone": 5.0, "beam hardening alone": -6.0})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scan", "moves", "stays"),
    [
        ({"noise_hu": 0.0, "beam_hardening": 2.0}, "beam hardening alone", "noise alone"),
        ({"noise_hu": 40.0, "beam_hardening": 0.0}, "noise alone", "beam hardening alone"),
    ],
)
def test_an_effect_that_a_scanner_lacks_adds_nothing(scan, moves, stays):
    found = study_effects(study(**scan))
    assert found[stays] == 0.0
    assert found[moves] != 0.0


def test_a_field_without_a_whole_body_is_passed_over(monkeypatch):
    away = Grid.about((0.0, 0.0, 400.0), np.eye(3), shape=(16, 16, 8), spacing_mm=2.0)
    blank = replace(study(), grid=away)
    assert study_effects(blank) == {}
    effects = {1: {}, 2: {"noise alone": 1.0, "beam hardening alone": -2.0}, 3: {}}
    monkeypatch.setattr(trabecular_scanner, "_studies", lambda first: iter((1, 3, 2, 3, 2, 2)))
    monkeypatch.setattr(trabecular_scanner, "study_effects", effects.get)
    assert scanner_effects(2) == {"noise alone": [1.0, 1.0], "beam hardening alone": [-2.0, -2.0]}


def test_every_effect_has_a_row(monkeypatch, capsys):
    found = {"noise alone": [0.0, 2.0], "beam hardening alone": [-3.0, -1.0]}
    monkeypatch.setattr(trabecular, "scanner_effects", lambda studies: found)
    monkeypatch.setattr("sys.argv", ["trabecular", "--patients", "0", "--studies", "2"])
    trabecular.main()
    title, noise, hardening = capsys.readouterr().out.splitlines()
    assert "a value a study" in title
    assert noise.startswith("noise alone")
    # Student's t of one degree of freedom, 12.706, times the standard error, 1.
    assert "2   +1.00 (-11.71 to +13.71)" in noise
    assert "-2.00" in hardening


def test_one_study_has_no_spread(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["trabecular", "--studies", "1"])
    with pytest.raises(SystemExit):
        trabecular.main()
    assert "expected --studies 0, or 2 and more" in capsys.readouterr().err


def test_a_summary_is_that_of_its_numbers():
    said = " ".join(summary([-1.0, 0.0, 4.0, 1.0]).split())
    assert said == "4 +1.00 (-2.44 to +4.44) SD 2.16 within 2: 75% worst 4.0"


def test_a_mask_is_moved_by_what_is_asked():
    inside = np.zeros((60, 60, 60), bool)
    inside[15:-15, 15:-15, 15:-15] = True
    rng = np.random.default_rng(1)
    assert moved(inside, shift_mm=0.0, noise_mm=0.0, rng=rng) is inside
    wider = moved(inside, shift_mm=1.6, noise_mm=0.0, rng=rng)
    # Two voxels of 0.8 mm to each side along x.
    assert np.flatnonzero(wider.any(axis=(1, 2))).tolist() == list(range(13, 47))
