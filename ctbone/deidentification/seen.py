"""How many of what that identifies a run met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ctbone.records import Flag, SeriesRecord, StudyRecord


@dataclass
class Seen:
    """What was seen of the studies that passed; nothing of any one of them is kept but digests.

    Attributes:
        cut: Names the header values of a series of which words are left out.
    """

    cut: Callable[[SeriesRecord], Iterable[str]] = lambda _: ()
    _counts: Counter[str] = field(default_factory=Counter)
    _patients: set[str] = field(default_factory=set)
    _scanners: set[str] = field(default_factory=set)

    def watch(self, studies: Iterable[StudyRecord]) -> Iterator[StudyRecord]:
        """Yield the studies, and note what passes."""
        for study in studies:
            self._note(study)
            yield study

    def counts(self) -> dict[str, int]:
        """Return how many of what have passed."""
        kept = {"patients": len(self._patients), "scanners": len(self._scanners)}
        return kept | dict(sorted(self._counts.items()))

    def _note(self, study: StudyRecord) -> None:
        self._patients.add(study.patient_id)
        self._scanners.update(series.scanner for series in study.series if series.scanner)
        self._counts["studies"] += 1
        self._counts["studies_of_one_uid_and_several_patients"] += study.is_disputed
        self._counts["series"] += len(study.series)
        for series in study.series:
            self._counts["series_without_sound_uids"] += Flag.UID_MISSING in series.flags
            for name in self.cut(series):
                self._counts[f"series_of_which_{name}_was_cut"] += 1
