"""The reference populations that a run compares densities with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.densitometry import ReferencePopulation, load_named, misfit, named_path
from ctbone.runs import RunLog, file_digest


def open_references(
    names: Sequence[Path], *, given: str, log: RunLog
) -> tuple[ReferencePopulation, ...]:
    """Read the populations that a run asks for; note version, source and digest of each.

    Args:
        names: Files, or names of those that ship.
        given: The quantity that the estimator of the run gives.
        log: Where they are noted.

    Raises:
        ValueError: If there is none of a name, a file describes no population, densities cannot be
            compared with it, two are of one sex, or the run gives no density.
    """
    paths = [named_path(name, ReferencePopulation) for name in names]
    references = tuple(load_named(path, ReferencePopulation) for path in paths)
    _check(references, given)
    for path, reference in zip(paths, references, strict=True):
        named = f"{reference.name}, version {reference.version}"
        log.weights[f"reference {named}"] = file_digest(path)
        log.warnings.append(
            f"qct_t_score and qct_z_score compare with {named} ({reference.source}); they are for "
            "information, are no T-scores of DXA, and decide nothing"
        )
    return references


def _check(references: Sequence[ReferencePopulation], given: str) -> None:
    # Here and not at the first study: what is wrong with all of them is no finding of one.
    for reference in references:
        if why := misfit(reference):
            raise ValueError(f"{why}: no QCT T-score can be had of it")
    if references and given != "bmd_mg_cm3":
        raise ValueError(
            f"reference {references[0].name} is compared with densities, and this run gives "
            f"{given}; give a --calibration, a --calibrator or a --model that gives mg/cm3"
        )
    names = [reference.name for reference in references]
    if len(set(names)) < len(names):
        raise ValueError(
            f"references must each have a name of their own, got {' and '.join(names)}"
        )
    sexes = [reference.sex for reference in references]
    if len(set(sexes)) < len(sexes) or ("any" in sexes and len(sexes) > 1):
        raise ValueError(
            f"references must be one for any sex, or one a sex, got {' and '.join(sexes)}"
        )
