"""What every arm learns from and is tested on: scans, masks, and a cohort for each reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from ctbone.cohort import CohortRow, read_cohort, write_cohort
from ctbone.comparison.execution import Narrator, Step
from ctbone.comparison.plan import Plan, Reference
from ctbone.comparison.settings import lay_over
from ctbone.delimited import read_rows, to_number
from ctbone.mappings import read_mapping
from ctbone.resources import config_path
from ctbone.rules import shipped_rule
from ctbone.runs import file_digest

#: The region of dxa.csv that a T-score of the spine is of: all levels that were measured.
_WHOLE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What every arm learns from and is tested on.

    Attributes:
        export: Folder of scans.
        masks: masks.csv, so that vertebrae are found once.
        cohorts: cohort.csv by the reference that it holds.
        is_simulated: Whether the patients are.
    """

    export: Path
    masks: Path
    cohorts: Mapping[Reference, Path]
    is_simulated: bool

    @property
    def study_id(self) -> str:
        """What all tables of these patients share, whichever test and reference they are of."""
        return file_digest(next(iter(self.cohorts.values())))[:12]


def simulated(plan: Plan, *, out: Path, workers: int, narrator: Narrator) -> Material:
    """Simulate the cohort of a plan, with a QCT and a DXA of every patient.

    Raises:
        StepFailed: If it cannot be simulated.
    """
    made, written = out / "simulated", out / "simulate.yaml"
    wanted = plan.simulation
    settings = dict(read_mapping(config_path(f"simulate/{wanted.configuration}.yaml")))
    further = {"patients": wanted.patients, "reference_standard": "QCT"}
    for option, value in {**wanted.options, **further}.items():
        settings = lay_over(settings, option, value, where="simulation")
    # How many processes write them changes nothing.
    settings.pop("workers", None)
    out.mkdir(parents=True, exist_ok=True)
    written.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    words = ("simulate", "--config", str(written), "--workers", str(workers))
    narrator.run("Patients", [Step(arguments=words, out=made, reads=(written,))])
    by_dxa = out / "cohort-dxa.csv"
    write_cohort(by_dxa, dxa_rows(read_cohort(made / "cohort.csv"), made / "dxa.csv"))
    return Material(
        export=made / "export",
        masks=made / "masks.csv",
        cohorts={"QCT": made / "cohort.csv", "DXA": by_dxa},
        is_simulated=True,
    )


def localised(
    export: Path,
    cohorts: Mapping[Reference, Path],
    *,
    masks: Path | None,
    out: Path,
    narrator: Narrator,
) -> Material:
    """Take scans of one's own, and find their vertebrae once if no masks are given.

    Raises:
        FileNotFoundError: If a cohort or the masks are not there.
        StepFailed: If no vertebra can be looked for.
        ValueError: If a cohort is none.
    """
    # Vertebrae of a whole export take a night: what would stop all arms afterwards is said before.
    for path in cohorts.values():
        read_cohort(path)
    if masks is not None:
        read_rows(masks, required=("mask", "numbering"))
    if masks is None:
        step = Step(arguments=("localise", "--export", str(export)), out=out / "localised")
        narrator.run("Vertebrae", [step])
        masks = out / "localised" / "masks.csv"
    return Material(export=export, masks=masks, cohorts=cohorts, is_simulated=False)


def dxa_rows(rows: tuple[CohortRow, ...], dxa: Path) -> list[CohortRow]:
    """Return a cohort with the T-score of the spine as its reference instead of a density.

    The T-score is that of L1 to L4 together (ISCD, official positions 2023); a patient without a
    result has no reference.

    Args:
        rows: The cohort.
        dxa: dxa.csv of ctbone simulate.

    Raises:
        ValueError: If the file lacks a column, or a T-score is no number.
    """
    found = {
        cells["study_uid"]: to_number(cells["t_score"], name="t_score")
        for _, cells in read_rows(dxa, required=("study_uid", "region", "t_score"))
        if _WHOLE in cells["region"]
    }
    return [_by_dxa(row, found.get(row.study_uid)) for row in rows]


def _by_dxa(row: CohortRow, t_score: float | None) -> CohortRow:
    category = None if t_score is None else shipped_rule("dxa_t_score").category(t_score)
    return replace(
        row,
        reference_standard="DXA",
        bmd_mg_cm3=None,
        t_score=t_score,
        category=category,
        density_rule=None,
    )
