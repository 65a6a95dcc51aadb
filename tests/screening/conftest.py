"""A pipeline of fakes: the whole path without a file or a network."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import DecisionRule
from ctbone.patches import PatchGrid
from ctbone.records import (
    BmdEstimate,
    SeriesRecord,
    StudyRecord,
    VertebraLocalisation,
)
from ctbone.screening import Pipeline
from ctbone.volume import CTVolume

RULE = DecisionRule(
    name="test",
    quantity="bmd_mg_cm3",
    osteoporosis_below=80.0,
    osteoporosis_at_cut=False,
    normal_above=120.0,
    normal_at_cut=False,
    unit="mg/cm3",
    population="nobody",
    source="made up",
    verified="nothing",
)


def series(uid="1.2.3.4", flags=()):
    return SeriesRecord(
        series_uid=uid,
        modality="CT",
        sop_class_uid="",
        description="",
        kernel="B30f",
        kvp=120.0,
        contrast=False,
        body_part="",
        manufacturer="",
        model="",
        slices=(),
        flags=flags,
    )


def study(uid="1.2.3", **changes):
    known = {"study_date": None, "age_years": 70.0, "sex": "F", "series": (series(),)}
    return StudyRecord(uid, f"pseudonym-of-{uid}", **(known | changes))


def vertebra(level=VertebralLevel.L1, *, is_whole=True):
    return VertebraLocalisation(level, (0.0, 0.0, 0.0), np.eye(3), 0.9, None, is_whole)


@dataclass(frozen=True)
class FakeEstimator:
    bmd: dict = field(default_factory=lambda: {"L1": 70.0, "L2": 74.0})
    grid: PatchGrid = field(default_factory=lambda: PatchGrid((4, 4, 4), (2.0, 2.0, 2.0)))
    name: str = "fake"

    def __call__(self, patches):
        return tuple(
            BmdEstimate(level=p.level, bmd_mg_cm3=self.bmd[p.level.name], sd_mg_cm3=2.0)
            for p in patches
        )


def volume():
    return CTVolume(np.zeros((4, 4, 4), np.int16), np.eye(4), "1.2.3.4")


@pytest.fixture
def make_pipeline():
    def make(**changes):
        steps = {
            "select": lambda study: study.series[0],
            "read": lambda _: volume(),
            "locate": lambda _: (vertebra(VertebralLevel.L1), vertebra(VertebralLevel.L2)),
            "estimate": FakeEstimator(),
            "levels": (VertebralLevel.L1, VertebralLevel.L2),
            "rule": RULE,
        }
        return Pipeline(**(steps | changes))

    return make
