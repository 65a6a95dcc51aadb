"""Folders as ``ctbone screen`` and ``ctbone localise`` leave them, with a handful of studies."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.interchange import OUTCOME_FILES, ResultRow, result_cells
from ctbone.records import BoneCategory, Flag
from ctbone.runs import RunLog

LEVELS = (VertebralLevel.L1, VertebralLevel.L2)

SCREENED = ResultRow(
    study_uid="1.2",
    patient_id="abc",
    status="screened",
    series_uid="1.2.9",
    levels=LEVELS,
    category=BoneCategory.OSTEOPOROSIS,
    bmd_mg_cm3=71.43,
    bmd_lower_mg_cm3=60.0,
    bmd_upper_mg_cm3=82.9,
    quantity="bmd_mg_cm3",
    trabecular_hu=95.0,
    flags=(Flag.KVP_NOT_120, Flag.CONTRAST_UNKNOWN),
    manufacturer="SIEMENS",
    kvp=100.0,
    model="line-1234",
    study_month="2024-02",
    scanner="siemens-3f2a9c",
)
NORMAL = replace(
    SCREENED, study_uid="1.10", category=BoneCategory.NORMAL, bmd_mg_cm3=141.0,
    bmd_lower_mg_cm3=None, bmd_upper_mg_cm3=None, flags=(), trabecular_hu=190.0,
)  # fmt: skip
REJECTED = ResultRow(
    study_uid="1.3",
    patient_id="def",
    status="rejected",
    reason=Reason.TOO_FEW_SLICES,
    detail="3 of at least 10 slices",
)
ROWS = (SCREENED, REJECTED, NORMAL)


def bodies_of(uid, levels=("T12", "L1", "L2")):
    """Return rows of vertebrae.csv; the first level is cut by the edge of the field."""
    for z, level in enumerate(levels):
        row = {"study_uid": uid, "series_uid": "1.2.9", "level": level, "centroid_z_mm": -10.0 * z}
        if z == 0:
            row |= {"evaluable": False, "reason": "truncated", "detail": "cut by the edge"}
        else:
            row |= {"evaluable": True, "trabecular_hu": 95.0 + z, "bmd_mg_cm3": 70.0 + z}
        yield row | {"confidence": 0.9}


def make_run(folder, rows=ROWS, *, command="screen", pictures=(), bodies=None, **log):
    """Write a run of some studies; return its folder."""
    RunLog(command, {"levels": ["L1", "L2"]}, **log).write(folder)
    if bodies is None:
        bodies = [b for row in rows if row.status == "screened" for b in bodies_of(row.study_uid)]
    rejected = [row for row in rows if row.status == "rejected"]
    stages = [{"study_uid": r.study_uid, "reason": r.reason, "detail": r.detail} for r in rejected]
    tables = {"vertebrae.csv": bodies, "rejections.csv": [s | {"stage": "select"} for s in stages]}
    if command == "screen":
        tables["results.csv"] = map(result_cells, rows)
    for name, cells in tables.items():
        write_rows(folder / name, OUTCOME_FILES[name], cells)
    for uid in pictures:
        draw(folder / "pictures" / f"{uid}.png")
    return folder


def draw(path):
    """Write a picture as wide as those of studies are, and as high."""
    path.parent.mkdir(exist_ok=True)
    Image.new("P", (600, 360), 3).save(path)
