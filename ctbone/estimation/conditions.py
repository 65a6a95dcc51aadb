"""What a head was taught under; whoever measures with it keeps to that."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from ctbone.anatomy import MeasuredLevel
from ctbone.densitometry import DomainConfig, Phase
from ctbone.runs import file_digest, to_plain


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a head was taught under.

    Attributes:
        levels: The levels that it learnt from; none where that is not known.
        domain: Which acquisitions it learnt from.
        correction: File of the correction that attenuation went through; ``None`` for none.
        assume_phase: Phase of enhanced series whose description told none, for the correction.
    """

    levels: tuple[MeasuredLevel, ...] = ()
    domain: DomainConfig = field(default_factory=DomainConfig)
    correction: Path | None = None
    assume_phase: Phase | None = None

    def __post_init__(self) -> None:
        if any(level not in get_args(MeasuredLevel) for level in self.levels):
            raise ValueError(f"levels must be of {get_args(MeasuredLevel)}, got {self.levels}")
        if self.assume_phase not in (None, *get_args(Phase)):
            found = repr(self.assume_phase)
            raise ValueError(f"assume_phase must be of {get_args(Phase)}, got {found}")

    def to_mapping(self) -> dict[str, Any]:
        """Return it as ``model.json`` holds it: of the correction the digest alone."""
        digest = file_digest(self.correction) if self.correction else None
        return {**to_plain(self), "correction": digest}
