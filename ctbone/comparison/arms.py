"""The commands of one arm, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ctbone.comparison.baseline import fit_line
from ctbone.comparison.execution import Narrator, Step, StepFailed, seconds_of
from ctbone.comparison.material import Material
from ctbone.comparison.plan import HU_LINE, HU_RULE, Reference
from ctbone.comparison.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one arm.

    Attributes:
        name: Of the arm.
        results: results.csv, if it came so far.
        evaluations: Folders of ctbone evaluate, by reference.
        training_seconds: Wall time of the fit; ``None`` where nothing was fitted.
        reason: Why it ended early; empty where it did not.
        settings: What it was trained with; ``None`` for the HU line.
    """

    name: str
    results: Path | None = None
    evaluations: Mapping[Reference, Path] = field(default_factory=dict)
    training_seconds: float | None = None
    reason: str = ""
    settings: Settings | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether it is a HU line and no network."""
        return self.name in (HU_LINE, HU_RULE)


def run_arm(settings: Settings, material: Material, *, out: Path, narrator: Narrator) -> Outcome:
    """Train an arm, screen with it and evaluate it; what fails costs this arm alone."""
    name = settings.name
    try:
        steps = arm_steps(settings, material, out=out)
        narrator.run(name, steps)
    except StepFailed as fault:
        narrator.say(f"{name} is left out: {fault}")
        return Outcome(name=name, settings=settings, reason=str(fault))
    trained, screened, evaluated = (step.out for step in steps)
    return Outcome(
        name=name,
        results=screened / "results.csv",
        evaluations={settings.reference: evaluated},
        training_seconds=seconds_of(trained, "fit"),
        settings=settings,
    )


def arm_steps(settings: Settings, material: Material, *, out: Path) -> tuple[Step, Step, Step]:
    """Return training, screening and evaluation of an arm, and write what it is trained with.

    Raises:
        StepFailed: If nobody has the reference that it learns from.
    """
    if settings.reference not in material.cohorts:
        raise StepFailed(f"no cohort with reference results of {settings.reference} was given")
    folder = out / "arms" / settings.name
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "train.yaml"
    written.write_text(yaml.safe_dump(dict(settings.training), sort_keys=False), encoding="utf-8")
    cohort = material.cohorts[settings.reference]
    train = Step(
        arguments=(
            *("train", "--config", str(written)),
            *("--head.export", str(material.export), "--head.cohort", str(cohort)),
            *("--head.masks", str(material.masks), "--head.cache", str(out / "patches")),
        ),
        out=folder / "training",
        reads=(written, cohort, material.masks),
        resumes=("--fit.resume", "true"),
    )
    model = train.out / "model"
    screen = _screening(
        material,
        ("--model", str(model), "--levels", f"[{','.join(settings.levels)}]"),
        out=folder / "screening",
        reads=(model / "model.json",),
    )
    evaluate = _evaluation(
        settings.name,
        screen,
        cohort,
        out=folder / "evaluation",
        more=("--study_id", material.study_id, "--model", str(model)),
    )
    return train, screen, evaluate


def run_baselines(material: Material, *, out: Path, narrator: Narrator) -> list[Outcome]:
    """Screen by the HU line: with published cut-offs, and with a line of the training split."""
    rule = _run_baseline(HU_RULE, material, (), out=out, narrator=narrator)
    if rule.results is None or "QCT" not in material.cohorts:
        return [rule]
    try:
        line = fit_line(
            rule.results, material.cohorts["QCT"], out=out / "arms" / HU_LINE, narrator=narrator
        )
    except StepFailed as fault:
        narrator.say(f"{HU_LINE} is left out: {fault}")
        return [rule, Outcome(name=HU_LINE, reason=str(fault))]
    more = ("--calibration", str(line))
    return [rule, _run_baseline(HU_LINE, material, more, out=out, narrator=narrator)]


def _run_baseline(
    name: str, material: Material, more: tuple[str, ...], *, out: Path, narrator: Narrator
) -> Outcome:
    folder = out / "arms" / name
    reads = (Path(more[-1]),) if more else ()
    screen = _screening(material, more, out=folder / "screening", reads=reads)
    evaluations = {
        reference: _evaluation(
            name,
            screen,
            cohort,
            out=folder / f"evaluation-{reference}",
            more=("--study_id", material.study_id),
        )
        for reference, cohort in material.cohorts.items()
    }
    try:
        narrator.run(name, [screen, *evaluations.values()])
    except StepFailed as fault:
        narrator.say(f"{name} is left out: {fault}")
        return Outcome(name=name, reason=str(fault))
    folders = {reference: step.out for reference, step in evaluations.items()}
    return Outcome(name=name, results=screen.out / "results.csv", evaluations=folders)


def _screening(
    material: Material, more: tuple[str, ...], *, out: Path, reads: tuple[Path, ...]
) -> Step:
    return Step(
        arguments=(
            *("screen", "--export", str(material.export), "--masks", str(material.masks)),
            *("--pictures", "false", *more),
        ),
        out=out,
        reads=(material.masks, *reads),
        resumes=(),
    )


def _evaluation(
    name: str, screen: Step, cohort: Path, *, out: Path, more: tuple[str, ...]
) -> Step:
    results = screen.out / "results.csv"
    return Step(
        arguments=(
            *("evaluate", "--results", str(results), "--cohort", str(cohort)),
            *("--study", name, *more),
        ),
        out=out,
        reads=(cohort, results),
    )
