"""``ctbone compare``: a plan from its patients to its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctbone.comparison.answers import against_baselines, answer_all
from ctbone.comparison.arms import Outcome, run_arm, run_baselines
from ctbone.comparison.execution import Narrator, Step, StepFailed
from ctbone.comparison.material import Material, localised, simulated
from ctbone.comparison.page import PAGE, write_page
from ctbone.comparison.plan import Plan, Reference, read_plan
from ctbone.comparison.settings import Settings, require_alike, settle
from ctbone.comparison.tables import accuracy_rows, question_rows, write_tables
from ctbone.errors import NothingUsable
from ctbone.resources import config_path
from ctbone.runs import RunLog, file_digest, require_own_folder


@dataclass(frozen=True, kw_only=True)
class CompareConfig:
    """Train and test systems on one cohort with equal budgets, and lay them side by side."""

    plan: str
    """A plan that ships (quick takes under half an hour on two cores, trial hours, review days),
    or a YAML file of one's own."""
    out: Path = Path("out/comparison")
    """Folder for everything; what ended well in it before is not done again."""
    arms: tuple[str, ...] = ()
    """Names of the arms to run; by default all of the plan."""
    export: Path | None = None
    """Folder of scans of your own; by default the patients of the plan are simulated."""
    cohort: Path | None = None
    """cohort.csv with QCT results and splits for the export."""
    dxa_cohort: Path | None = None
    """cohort.csv with DXA results and the same splits, for arms that learn from DXA."""
    masks: Path | None = None
    """masks.csv for the export; by default vertebrae are found once by the shipped localiser."""
    workers: int = 2
    """Processes that simulate."""

    def __post_init__(self) -> None:
        if (self.export is None) != (self.cohort is None and self.dxa_cohort is None):
            raise ValueError("export and cohort (or dxa_cohort) belong together: give both")
        if self.masks is not None and self.export is None:
            raise ValueError("masks are of an export: give export with them")


def compare(config: CompareConfig) -> None:
    """Run a plan: every arm is trained, screens, and is evaluated; then come the tables.

    An arm that fails is told with its reason, and costs itself alone.

    Raises:
        NothingUsable: If no arm, nor the cohort, ended well.
        ValueError: If the plan is none, an arm is not in it, or two arms of a question differ in
            more than it says.
    """
    path = plan_path(config.plan)
    plan = read_plan(path)
    chosen = choose(plan, config.arms)
    require_own_folder(config.out, "compare")
    log = RunLog("compare", config)
    narrator = Narrator()
    try:
        with log.stage("patients"):
            material = _material(config, plan, narrator)
    except StepFailed as fault:
        raise NothingUsable(str(fault)) from None
    outcomes: list[Outcome] = []
    with log.stage("arms"):
        outcomes += [
            run_arm(settings, material, out=config.out, narrator=narrator) for settings in chosen
        ]
        outcomes += run_baselines(material, out=config.out, narrator=narrator)
    log.counts = {"arms": len(outcomes), "failed": sum(not o.results for o in outcomes)}
    log.warnings += [f"{o.name}: {o.reason}" for o in outcomes if o.reason]
    if not any(outcome.results for outcome in outcomes):
        log.write(config.out, exit_code=3)
        raise NothingUsable(f"no arm ended well; the first: {outcomes[0].reason}")
    with log.stage("tables"):
        _write(config, plan, outcomes, material, narrator=narrator, digest=file_digest(path))
    log.write(config.out)
    narrator.say(f"Page: {config.out / PAGE}")


def plan_path(name: str) -> Path:
    """Return the file of a plan that ships, or of one's own.

    Raises:
        ValueError: If neither is there.
    """
    given = Path(name)
    if given.suffix in (".yaml", ".yml"):
        if not given.is_file():
            raise ValueError(f"expected a plan at {given.name}, found no such file")
        return given
    return config_path(f"comparison/{name}.yaml")


def choose(plan: Plan, names: Sequence[str]) -> list[Settings]:
    """Return the arms to run, ready to train, in the order of the plan.

    Raises:
        ValueError: If a name is that of no arm, an arm cannot be settled, or two arms of a
            question differ in more than it says.
    """
    wanted = [part for name in names for part in name.split(",") if part] or list(plan.arms)
    if unknown := sorted(set(wanted) - plan.arms.keys()):
        known = ", ".join(plan.arms)
        raise ValueError(f"the plan has no arm {unknown[0]!r}; choose among {known}")
    settings = {name: settle(plan, name) for name in plan.arms}
    for question in plan.questions:
        if question.second:
            require_alike(question, settings[question.first], settings[question.second])
    return [settings[name] for name in plan.arms if name in wanted]


def _material(config: CompareConfig, plan: Plan, narrator: Narrator) -> Material:
    if config.export is None:
        return simulated(plan, out=config.out, workers=config.workers, narrator=narrator)
    given: Mapping[Reference, Path | None] = {"QCT": config.cohort, "DXA": config.dxa_cohort}
    cohorts = {name: path for name, path in given.items() if path is not None}
    return localised(config.export, cohorts, masks=config.masks, out=config.out, narrator=narrator)


def _write(
    config: CompareConfig,
    plan: Plan,
    outcomes: Sequence[Outcome],
    material: Material,
    *,
    narrator: Narrator,
    digest: str,
) -> None:
    by_name = {outcome.name: outcome for outcome in outcomes}
    answers = answer_all(plan.questions, by_name, material)
    answers += against_baselines(by_name, material)
    pooled = _pool(outcomes, out=config.out, narrator=narrator)
    accuracy = accuracy_rows(outcomes, material)
    known = {
        "title": plan.title,
        "plan_sha256": digest,
        "simulated": material.is_simulated,
        "cohorts_sha256": {name: file_digest(path) for name, path in material.cohorts.items()},
        "pooled": pooled,
    }
    write_tables(config.out, accuracy=accuracy, questions=question_rows(answers), known=known)
    write_page(
        config.out, plan, outcomes=outcomes, answers=answers, accuracy=accuracy, known=known
    )


def _pool(outcomes: Sequence[Outcome], *, out: Path, narrator: Narrator) -> str:
    """Pool the tables of all arms but the HU line; return why not, or nothing."""
    tables = [
        folder / "confusion_matrices.csv"
        for outcome in outcomes
        if not outcome.is_baseline
        for folder in outcome.evaluations.values()
    ]
    if not tables:
        return "no arm has a table"
    arguments = ("pool", "--tables", *map(str, tables))
    try:
        narrator.run(
            "All arms", [Step(arguments=arguments, out=out / "pooling", reads=(*tables,))]
        )
    except StepFailed as fault:
        narrator.say(f"nothing is pooled: {fault}")
        return str(fault)
    return ""
