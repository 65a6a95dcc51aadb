"""What a worker process tells the one that coordinates, beside how a study ``Finished``."""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.screening.engine import Finished, Opening


@dataclass(frozen=True, slots=True)
class Ready:
    """The pipeline is made, and studies are waited for."""

    opening: Opening


@dataclass(frozen=True, slots=True)
class Refused:
    """No pipeline can be made as it was asked for."""

    mistake: Exception


@dataclass(frozen=True, slots=True)
class Entered:
    """A study enters a stage."""

    study_uid: str
    stage: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing more can be done here: the disk is full."""

    trouble: OSError


Message = Ready | Refused | Entered | Stopped | Finished
