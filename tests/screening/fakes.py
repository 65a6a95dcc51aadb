"""A pipeline of fakes: the whole path without a file or a network.

Those of ``open_fake`` do what the UID of a series says, in whatever process they run.
"""

import errno
import os
import signal
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import DecisionRule
from ctbone.errors import Reason
from ctbone.patches import PatchGrid
from ctbone.records import BmdEstimate, Flag, SeriesRecord, StudyRecord, VertebraLocalisation
from ctbone.rules import shipped_rule
from ctbone.screening import Opened, Opening, Pipeline
from ctbone.screening.refusing import Refusing
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


def volume(uid="1.2.3.4"):
    return CTVolume(np.zeros((4, 4, 4), np.int16), np.eye(4), uid)


def fake_steps():
    return {
        "select": lambda study: study.series[0],
        "read": lambda _: volume(),
        "locate": lambda _: (vertebra(VertebralLevel.L1), vertebra(VertebralLevel.L2)),
        "estimate": FakeEstimator(),
        "levels": (VertebralLevel.L1, VertebralLevel.L2),
        "rule": RULE,
    }


def hang(_):
    time.sleep(3600)


def linger(_):
    time.sleep(0.3)


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(folder):
    if not (folder / "died").exists():
        (folder / "died").touch()
        die(folder)


def orphan_once(folder):
    if not (folder / "orphaned").exists():
        (folder / "orphaned").touch()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)


def eat(_):
    # A gigabyte at most, where nobody stops it.
    kept = []
    for _ in range(20):
        kept.append(np.ones(50_000_000, np.uint8))
        time.sleep(0.1)
    time.sleep(3600)


def overflow(_):
    raise MemoryError


def stumble(_):
    raise KeyError("DOE^JANE")


def terminate(_):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def fill_disk(_):
    raise OSError(errno.ENOSPC, "No space left on device")


_ALL = (
    *(hang, linger, die, die_once, orphan_once),
    *(eat, overflow, stumble, terminate, fill_disk),
)
BEHAVIOURS = {behaviour.__name__: behaviour for behaviour in _ALL}


def behave(step, folder, uid):
    """Do what a UID says of a step: ``read.hang`` hangs while it is read."""
    asked, _, what = uid.partition(".")
    if asked == step:
        BEHAVIOURS[what](folder)


def behaving_study(number, uid=""):
    return study(f"1.2.{number}", series=(series(uid or f"9.{number}"),))


@dataclass(frozen=True)
class Told:
    """Makes a file of the reason of each study that is rejected outside of a pipeline."""

    folder: Path

    def refuse(self, study, rejection):
        (self.folder / f"{study.study_uid}.{rejection.reason}").touch()
        return (Flag.DELIVERY_FAILED,)


def open_fake(folder, *, name="fake"):
    """Make a pipeline whose studies behave as they say; leave a file named after the process.

    Only a study whose UID says ``measure`` gets as far as a measurement, which takes a process
    seconds the first time; of the others metal is told.
    """
    (folder / f"{os.getpid()}.pid").touch()
    steps = fake_steps()

    def read(series):
        behave("read", folder, series.series_uid)
        return volume(series.series_uid)

    def locate(volume):
        behave("locate", folder, volume.series_uid)
        return fake_steps()["locate"](volume)

    def assess(volume, vertebrae):
        if volume.series_uid == "measure":
            return vertebrae
        return tuple(replace(v, reason=Reason.METAL, detail="made up") for v in vertebrae)

    opening = Opening(
        weights={"head": name},
        warnings=("made up",),
        device="cpu",
        seconds=0.5,
        rule=shipped_rule("hu_l1"),
        refuse=Refusing(deliver=Told(folder)),
    )
    steps |= {"read": read, "locate": locate, "assess": assess}
    return Opened(Pipeline(**steps), opening)


def refuse():
    raise ValueError("no such model")


def vanish():
    os._exit(7)


def opener_of(folder):
    return partial(open_fake, folder)
