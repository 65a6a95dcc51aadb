"""What turns the spread and the logits of a head into honest ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HeadCalibration:
    """How a head is corrected, and how many patients say so; as it stands it corrects nothing.

    Attributes:
        sd_factor: What its standard deviations are multiplied by.
        sd_patients: Held-out patients that set it; 0 where none did.
        temperature: What its logits are divided by.
        temperature_patients: Held-out patients that set it; 0 where none did.
        threshold: Probability from which on a two-way head says yes.
        note: What a reader has to know of it.
    """

    sd_factor: float = 1.0
    sd_patients: int = 0
    temperature: float = 1.0
    temperature_patients: int = 0
    threshold: float = 0.5
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("sd_factor", "temperature"):
            # Written so that what is no number is refused too.
            if not 0.0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        for name in ("sd_patients", "temperature_patients"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        if not 0.0 < self.threshold < 1.0:
            raise ValueError(f"threshold must lie between 0 and 1, got {self.threshold}")
