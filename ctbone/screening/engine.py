"""The seam between a batch and where its studies are screened.

An engine takes studies and yields how each of them ended, in whatever order that happens. The
process that asks it is the only one that writes the ledger, and exports go by study, so that the
results of a run are the same whichever engine screened it.

A pipeline does not travel: what does is an ``Opener``, which makes one where studies are screened
and says what it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from ctbone.attempts import Failure, StageClock, rejected
from ctbone.records import Rejection, ScreeningResult, StudyRecord
from ctbone.rules import DecisionRule
from ctbone.screening.acquisition import acquisition_unchosen
from ctbone.screening.batch import Announce, outcomes, unheard
from ctbone.screening.refusing import Refusing
from ctbone.screening.study import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a pipeline was made of, for the record of the run.

    Attributes:
        weights: Digests by name of whatever decides its results.
        warnings: What a reader of its results has to know.
        device: Where its networks run.
        rule: By which it classes patients; ``None`` where a network does so by itself.
        seconds: Wall time that making it took; two that differ in this alone are the same.
        refuse: What shows and delivers the studies that are rejected outside of it.
    """

    weights: Mapping[str, str]
    warnings: tuple[str, ...]
    device: str
    seconds: float = field(compare=False)
    rule: DecisionRule | None = None
    refuse: Refusing = field(default_factory=Refusing, repr=False)


class Opened(NamedTuple):
    """A pipeline, and what it was made of."""

    pipeline: Pipeline
    opening: Opening


#: Makes a pipeline; it can be pickled, so that any process can. What a run cannot be done with is
#: a ``ValueError`` or a ``CtboneError``.
Opener = Callable[[], Opened]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """One study that ended.

    Attributes:
        outcome: How.
        seconds: Wall time by stage. Stages of studies side by side overlap, and so does reading
            ahead with what is done meanwhile: over a run they can add up to more than it took.
    """

    outcome: ScreeningResult | Rejection
    seconds: Mapping[str, float]


class Engine(Protocol):
    """What screens studies somewhere."""

    @property
    def opening(self) -> Opening:
        """What its pipeline was made of."""
        ...

    def __call__(self, studies: Iterator[StudyRecord], /) -> Iterator[Finished]:
        """Yield how each study ended, once, in any order; draw only as many as are at work.

        Raises:
            OSError: If a disk is full.
            WorkersLost: If there is nothing left that could screen.
        """
        ...


def finished(
    studies: Iterable[StudyRecord],
    *,
    pipeline: Pipeline,
    ahead: bool = False,
    announce: Announce = unheard,
) -> Iterator[Finished]:
    """Screen studies in this process, in order; what every engine does where it screens.

    Args:
        studies: The studies.
        pipeline: The steps.
        ahead: Whether a thread reads the next study meanwhile.
        announce: Told each stage of each study as it begins.
    """
    clock = StageClock()
    for outcome in outcomes(
        studies, pipeline=pipeline, clock=clock, ahead=ahead, announce=announce
    ):
        yield Finished(outcome=outcome, seconds=clock.seconds)
        clock.seconds = {}


def given_up(
    study: StudyRecord, failure: Failure, *, opening: Opening, stage: str, seconds: float
) -> Finished:
    """Return how a study ends of which no process says how: rejected like any other.

    Args:
        study: The study.
        failure: Why it is given up.
        opening: What the pipeline was made of that should have screened it.
        stage: The one that it was in.
        seconds: Wall time that it took.

    Raises:
        OSError: If a disk is full.
    """
    known = acquisition_unchosen(study)
    rejection = rejected(study, failure, stage=stage, seconds=seconds)
    rejection = replace(rejection, acquisition=known)
    return Finished(outcome=opening.refuse(study, rejection), seconds={stage: seconds})
