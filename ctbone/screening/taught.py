"""A head measures as it was taught, unless the run says otherwise where that can be said."""

from __future__ import annotations

from dataclasses import fields, replace

from ctbone.densitometry import Correction, DomainConfig, named_path
from ctbone.estimation import Conditions, model_conditions
from ctbone.runs import file_digest
from ctbone.screening.configuration import USUAL_LEVELS, ScreenConfig


def as_taught(config: ScreenConfig) -> tuple[ScreenConfig, list[str]]:
    """Fill in what a run does not say by what its head was taught under.

    Args:
        config: What the run is asked.

    Returns:
        The configuration with levels, domain, correction and phase, and a note for each of them
        that is not what the head learnt from.

    Raises:
        ValueError: If the model folder cannot be read, or a correction, or a phase for one, is
            given that is not the head's own.
    """
    taught = model_conditions(config.model) if config.model else Conditions()
    if config.model:
        _require_own_correction(config, taught)
    settled = replace(
        config,
        levels=config.levels or taught.levels or USUAL_LEVELS,
        domain=config.domain or taught.domain,
        correction=taught.correction if config.model else config.correction,
        assume_phase=config.assume_phase or taught.assume_phase,
    )
    return settled, _notes(settled, taught) if config.model else []


def _require_own_correction(config: ScreenConfig, taught: Conditions) -> None:
    """Refuse another correction: it would show the head attenuation that it never learnt from."""
    if config.assume_phase and taught.correction is None:
        raise ValueError(
            "assume_phase is for a correction, and this model learnt from uncorrected "
            "attenuation: leave it out"
        )
    if config.correction is None:
        return
    own = file_digest(taught.correction) if taught.correction else None
    if file_digest(named_path(config.correction, Correction)) != own:
        learnt = "attenuation that another table corrected" if own else "uncorrected attenuation"
        raise ValueError(
            f"--correction {config.correction.name} does not go with this model, which learnt "
            f"from {learnt}: leave it out, or train with --head.correction "
            f"{config.correction.name}"
        )


def _notes(settled: ScreenConfig, taught: Conditions) -> list[str]:
    found = []
    asked = (*settled.levels, *settled.fallback)
    others = [level for level in asked if level not in taught.levels]
    if taught.levels and others:
        found.append(
            f"this model learnt from {', '.join(taught.levels)} and is asked for "
            f"{', '.join(others)}, of which nothing is known"
        )
    if settled.domain is not None and settled.domain != taught.domain:
        found.append(
            f"this model learnt from acquisitions of domain {_told(taught.domain)}, and is asked "
            f"for those of {_told(settled.domain)}; of what it did not learn from nothing is known"
        )
    if settled.assume_phase != taught.assume_phase:
        found.append(
            f"this model learnt with assume_phase {taught.assume_phase or 'not given'}, and is "
            f"asked to measure with {settled.assume_phase}"
        )
    return found


def _told(domain: DomainConfig) -> str:
    return ", ".join(f"{item.name} {getattr(domain, item.name)}" for item in fields(domain))
