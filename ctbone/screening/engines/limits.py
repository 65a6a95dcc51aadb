"""What one study may cost."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one study may cost before it is given up.

    Attributes:
        time_s: Wall time of a study, seconds.
        start_s: Wall time of a process until it is ready, seconds.
        memory_bytes: Resident memory of a process; ``None`` for as much as there is.
    """

    time_s: float = 900.0
    start_s: float = 900.0
    memory_bytes: int | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and not value > 0:
                raise ValueError(f"{item.name} must be above 0, got {value:g}")
