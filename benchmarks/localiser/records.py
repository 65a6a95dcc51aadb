"""What became of simulated studies, as records.

*Target*: a vertebra of a wanted level that lies whole in the field; it should be measured, unless
the truth holds a finding that forbids it. *Call*: a vertebra that the locator gives as a wanted
level, fit to be measured; it should be that level. A call that is not is a silent mislabel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

#: What became of a row of vertebrae: none was given; some lie where there is none, or one was left
#: out; all lie right but are named wrongly; all is right.
Chain = Literal["refused", "misfound", "misnamed", "right"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A wanted vertebra that lies whole in the field.

    Attributes:
        level: Its level.
        forbidden: Findings that forbid to measure it.
        found: Whether the locator gave a vertebra there, whatever its name.
        ending: ``measured``, or why not.
    """

    level: str
    forbidden: tuple[str, ...]
    found: bool
    ending: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """A vertebra that was given as a wanted level, fit to be measured.

    Attributes:
        level: What it was called.
        actual: What it is; empty where there is no vertebra.
        whole: Whether it lies whole in the field.
        confidence: Probability that was given with it.
        forbidden: Findings that forbid to measure it.
        error_mm: Distance of its centre from the true one.
        dice: Overlap with the true body.
        heights_error_mm: Anterior, middle and posterior height less the true ones.
        hu_error: Trabecular attenuation of the scan less that of the nominal density.
        quiet_hu_error: The same, of the scan without noise.
        region_hu_error: That of the body as found less that of the true body, without noise.
    """

    level: str
    actual: str
    whole: bool
    confidence: float
    forbidden: tuple[str, ...]
    error_mm: float | None = None
    dice: float | None = None
    heights_error_mm: tuple[float, float, float] | None = None
    hu_error: float | None = None
    quiet_hu_error: float | None = None
    region_hu_error: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether it is what it was called."""
        return self.level == self.actual


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one study.

    Attributes:
        seed: Where it comes from.
        facts: How it was scanned, and what is unusual about the patient.
        landmark: Whether the lowest ribbed vertebra or the sacrum lies in the field.
        ending: ``located``, or why not.
        detail: What the locator said where it refused.
        chain: What became of the row of vertebrae.
        targets: What should be measured.
        calls: What was given to be measured.
        wall_s: Time that the locator took.
        cpu_s: CPU time of it, all threads.
    """

    seed: int
    facts: dict[str, Any]
    landmark: bool
    ending: str
    detail: str
    chain: Chain
    targets: tuple[Target, ...]
    calls: tuple[Call, ...]
    wall_s: float
    cpu_s: float
