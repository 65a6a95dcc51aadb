"""What a rejected study leaves beside its row: a picture, reports, and nothing of before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ctbone.delivery import Deliver
from ctbone.records import Rejection, StudyRecord
from ctbone.screening.showing import Show
from ctbone.volume import CTVolume


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing:
    """Shows and delivers rejected studies; whoever rejects one asks it.

    Attributes:
        show: Draws it; ``None`` for no picture.
        deliver: Tells of it as other systems read it; ``None`` for nothing.
    """

    show: Show | None = None
    deliver: Deliver | None = None

    def __call__(
        self, study: StudyRecord, rejection: Rejection, volume: CTVolume | None = None
    ) -> Rejection:
        """Return a rejection with what a reader has to know of how it was told.

        Args:
            study: The study.
            rejection: Why it has no result.
            volume: What was read of it, if anything.

        Raises:
            OSError: If a disk is full.
        """
        shown = self.show.refuse(rejection, volume) if self.show else ()
        told = self.deliver.refuse(study, rejection) if self.deliver else ()
        return replace(rejection, flags=(*rejection.flags, *shown, *told))
