"""Real CT: levels and bodies against the label maps that come with some, a reason for the rest.

Nothing is tuned to these few. ``masks.csv`` names the label maps as
``ctbone localise --masks`` takes them; ``positions.csv`` (series_uid, reading, level, x_mm, y_mm,
z_mm; LPS) says where levels lie by eye, with a second reading where numbering is in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.localiser.figures import criterion
from benchmarks.localiser.outcomes import (
    NEAR_MM,
    assessed,
    attenuation,
    body_dice,
    end_of,
    is_evaluable,
)
from benchmarks.localiser.truth import WANTED
from ctbone.anatomy import VertebralLevel
from ctbone.attempts import Failure, guard
from ctbone.delimited import read_rows
from ctbone.errors import CtboneError, Reason
from ctbone.ingest import SeriesRule, index_export, read_study
from ctbone.localisation import Locator, MaskLocator, picture
from ctbone.records import BmdEstimate, BodyMask, StudyRecord, VertebraLocalisation
from ctbone.volume import CTVolume

#: Voxels by which the box of a true body is widened, so that what lies beyond it counts.
_MARGIN = 10

#: Where a level lies by each reading.
_Readings = Mapping[str, Mapping[VertebralLevel, tuple[float, float, float]]]


def try_real(
    locate: Locator, folder: Path, *, masks: Path | None, positions: Path | None, out: Path
) -> list[dict[str, Any]]:
    """Locate every study of a folder, compare it where there is truth, and draw it."""
    known = MaskLocator.from_csv(masks, images=folder) if masks else MaskLocator({})
    readings = {} if positions is None else _read_positions(positions)
    out.mkdir(parents=True, exist_ok=True)
    # The key only links what belongs together: no pseudonym leaves this run.
    studies = index_export(folder, key=bytes(32))
    return [
        _try(study, number, locate, known, readings, out) for number, study in enumerate(studies)
    ]


def real_criteria(studies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Hold real CT against what is asked of it; refusals of what shows L1 or L2 count as wrong."""
    told = [s for s in studies if s["verdict"] not in ("refused", "not read", "no truth: look")]
    right = sum(s["verdict"].startswith(("right", "agrees")) for s in told)
    dices = [one["dice"] for s in studies for one in s["levels"] if one["dice"] is not None]
    return [
        criterion(
            "real studies with truth: levels right",
            right / len(told) if told else None,
            1.0,
            is_least=True,
        ),
        criterion("real bodies: least Dice", min(dices, default=None), 0.85, is_least=True),
    ]


def _try(
    study: StudyRecord,
    number: int,
    locate: Locator,
    known: MaskLocator,
    readings: Mapping[str, _Readings],
    out: Path,
) -> dict[str, Any]:
    name = _name(study, number)
    read = guard(lambda: read_study(study, rule=SeriesRule()))
    if isinstance(read, Failure):
        return _refused(name, str(read.reason), read.detail, "not read")
    series, volume = read
    answer = guard(lambda: assessed(locate, volume))
    found = () if isinstance(answer, Failure) else answer
    ending, detail = end_of(answer)
    note = f"{ending}: {detail}" if detail else ""
    guard(lambda: _draw(volume, found, out / f"{name}.png", note))
    truth = _truth(known, volume)
    named = tuple(v for v in found if v.reason is not Reason.LEVEL_UNCERTAIN)
    levels = [_compare(v, truth) for v in named if v.level in WANTED]
    if not levels:
        seen = [level.name for level in WANTED if level in truth and truth[level].is_whole]
        verdict = f"refused, shows {' '.join(seen)}" if seen else "refused"
        return _refused(name, ending, detail, verdict)
    return {
        "study": name,
        "ending": ending,
        "verdict": _verdict(levels, named, readings.get(series.series_uid)),
        "levels": levels,
        "shown": "; ".join(map(_shown, levels)),
    }


def _name(study: StudyRecord, number: int) -> str:
    """Name a study by where its first file lies: these are public images."""
    paths = [item.path for series in study.series for item in series.slices]
    return f"{number:02d}-{paths[0].parent.name}"[:27] if paths else f"{number:02d}-unread"


def _refused(name: str, ending: str, detail: str, verdict: str) -> dict[str, Any]:
    return {"study": name, "ending": ending, "verdict": verdict, "levels": [], "shown": detail}


def _truth(known: MaskLocator, volume: CTVolume) -> dict[VertebralLevel, VertebraLocalisation]:
    try:
        return {v.level: v for v in known(volume)}
    except CtboneError:
        return {}


def _compare(
    vertebra: VertebraLocalisation, truth: Mapping[VertebralLevel, VertebraLocalisation]
) -> dict[str, Any]:
    """Return where a level was found and, where there is truth, how far off."""
    away = {
        level: float(np.linalg.norm(np.subtract(vertebra.centroid_mm, v.centroid_mm)))
        for level, v in truth.items()
    }
    nearest = min(away, key=lambda level: away[level]) if away else None
    known = truth.get(vertebra.level)
    dice = None
    if known is not None and known.body is not None and vertebra.body is not None:
        dice = round(body_dice(vertebra.body, _widened(known.body)), 3)
    return {
        "level": vertebra.level.name,
        "centroid_mm": [round(x, 1) for x in vertebra.centroid_mm],
        "evaluable": is_evaluable(vertebra),
        "reason": None if vertebra.reason is None else str(vertebra.reason),
        "confidence": round(vertebra.confidence, 4),
        "actual": None if nearest is None else nearest.name,
        "error_mm": None if known is None else round(away[vertebra.level], 2),
        "dice": dice,
    }


def _widened(body: BodyMask) -> BodyMask:
    affine = body.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ np.full(3, float(_MARGIN))
    return BodyMask(np.pad(body.inside, _MARGIN), affine)


def _verdict(
    levels: list[dict[str, Any]],
    found: tuple[VertebraLocalisation, ...],
    readings: _Readings | None,
) -> str:
    told = [one for one in levels if one["actual"] is not None]
    if told:
        return "right" if all(one["level"] == one["actual"] for one in told) else "WRONG LEVEL"
    if readings is None:
        return "no truth: look"
    agreed = [name for name, reading in readings.items() if _agrees(found, reading)]
    return f"agrees with reading {agreed[0]}" if agreed else "AGREES WITH NO READING"


def _agrees(
    found: tuple[VertebraLocalisation, ...],
    reading: Mapping[VertebralLevel, tuple[float, float, float]],
) -> bool:
    asked = [v for v in found if v.level in reading]
    offsets = [np.subtract(v.centroid_mm, reading[v.level]) for v in asked]
    return bool(asked) and all(float(np.linalg.norm(o)) < NEAR_MM for o in offsets)


def _read_positions(path: Path) -> dict[str, dict[str, dict[VertebralLevel, Any]]]:
    columns = ("series_uid", "reading", "level", "x_mm", "y_mm", "z_mm")
    found: dict[str, dict[str, dict[VertebralLevel, Any]]] = {}
    for _, row in read_rows(path, required=columns):
        place = tuple(float(row[name]) for name in columns[3:])
        reading = found.setdefault(row["series_uid"], {}).setdefault(row["reading"], {})
        reading[VertebralLevel[row["level"]]] = place
    return found


def _draw(
    volume: CTVolume, found: tuple[VertebraLocalisation, ...], path: Path, note: str
) -> None:
    estimates = []
    for vertebra in found:
        if vertebra.level not in WANTED or not is_evaluable(vertebra):
            continue
        if (hu := attenuation(volume, vertebra)) is not None:
            estimates.append(BmdEstimate(level=vertebra.level, trabecular_hu=hu))
    picture(volume, found, estimates, path, note=note)


def _shown(one: Mapping[str, Any]) -> str:
    x, y, z = one["centroid_mm"]
    text = f"{one['level']} at ({x:g}, {y:g}, {z:g})"
    text += "" if one["error_mm"] is None else f" off {one['error_mm']:g} mm, Dice {one['dice']}"
    return text + ("" if one["evaluable"] else f" not evaluable ({one['reason'] or 'cut off'})")
