"""The trial counts what is right, what is wrong and what is refused."""

from __future__ import annotations

import numpy as np

from ctbone.errors import LevelUncertain
from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.training import trial
from ctbone.training.studies import Study
from ctbone.training.trial import summarise, try_localiser
from ctbone.volume import Grid


def _small_study(seed):
    """Return a study of L1 to L2 and a little more, which is quick to render."""
    affine = np.diag([1.5, 1.5, 1.5, 1.0])
    affine[:3, 3] = (-60.0, -50.0, -75.0)
    return Study(
        seed=seed,
        field="lumbar",
        patient=sample_patient(PatientConfig(), seed=seed),
        grid=Grid((80, 80, 90), affine),
        scan=ScanConfig(),
    )


class Oracle:
    """Answers with the truth, a number of vertebrae further down."""

    def __init__(self, monkeypatch, slip=0):
        self._slip = slip
        monkeypatch.setattr(trial, "render", self._render)
        monkeypatch.setattr(trial, "draw_study", _small_study)

    def _render(self, *given, **options):
        self._scan = render(*given, **options)
        return self._scan

    def __call__(self, volume):
        truth = [v for v in self._scan.vertebrae if v.is_whole]
        found = []
        for named, at in zip(truth, truth[self._slip :], strict=False):
            body = BodyMask(self._scan.bodies == at.level, self._scan.volume.affine)
            found.append(
                VertebraLocalisation(
                    named.level, at.centroid_mm, np.eye(3), 1.0, body, is_whole=True
                )
            )
        return tuple(found)


def refuse(volume):
    raise LevelUncertain("not sure")


def test_the_truth_is_right(monkeypatch):
    # L2 of the second patient has a sclerotic end plate, which is refused.
    figures = summarise(try_localiser(Oracle(monkeypatch), seeds=[1, 3]))
    assert (figures["levels_right"], figures["levels_wrong"]) == (4, 0)
    assert figures["studies_named"] == figures["studies_with_l1_or_l2"] == 2
    assert figures["body_dice"]["p5"] == 1.0
    assert figures["centre_error_mm"]["p95"] < 0.1


def test_a_slip_is_wrong(monkeypatch):
    figures = summarise(try_localiser(Oracle(monkeypatch, slip=1), seeds=[1]))
    assert (figures["levels_right"], figures["levels_wrong"]) == (0, 2)
    assert figures["studies_with_a_wrong_level"] == 1
    assert figures["body_dice"] == {}


def test_a_refusal_is_counted_by_its_reason(monkeypatch):
    Oracle(monkeypatch)
    figures = summarise(try_localiser(refuse, seeds=[1]))
    assert figures["refusals"] == figures["refusals_of_visible"] == {"level_uncertain": 1}
    assert figures["studies_named"] == 0
