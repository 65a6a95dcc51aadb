"""What an engine finds goes into the ledger, study by study."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator

from ctbone.attempts import StageClock
from ctbone.errors import Reason
from ctbone.records import StudyRecord
from ctbone.screening.engine import Engine
from ctbone.screening.fingerprint import fingerprint
from ctbone.screening.ledger import Ledger
from ctbone.screening.progress import Tally

#: Name under which the wall time of a session stands among that of its stages, which overlap.
ELAPSED = "elapsed"


def record(
    studies: Iterable[StudyRecord],
    *,
    engine: Engine,
    ledger: Ledger,
    tally: Tally,
    again: Collection[Reason] = (),
) -> int:
    """Screen the studies that a ledger has not, or has as they are no longer.

    Args:
        studies: Every study of the export.
        engine: What screens.
        ledger: Takes each outcome as it comes, and the seconds so far.
        tally: Counts them.
        again: Reasons; studies that were rejected for one of them are screened once more.

    Returns:
        How many studies the ledger has that are not among these.

    Raises:
        OSError: If the disk is full; what is in the ledger stays.
        WorkersLost: If there is nothing left that could screen; the same.
    """
    done = ledger.done(but=again)
    waiting = dict[str, str]()

    def new() -> Iterator[StudyRecord]:
        for study in studies:
            found = fingerprint(study)
            if done.pop(study.study_uid, None) == found:
                tally.already += 1
            else:
                waiting[study.study_uid] = found
                # Its picture and objects are replaced before its row is: a run that is cut off in
                # between must not show them beside an earlier outcome.
                ledger.forget(study.study_uid)
                yield study

    clock, began = StageClock(), time.perf_counter()
    clock.add({"load": engine.opening.seconds})
    for one in engine(new()):
        ledger.append(one.outcome, fingerprint=waiting.pop(one.outcome.study_uid))
        clock.add(one.seconds)
        ledger.spend(clock.seconds | {ELAPSED: time.perf_counter() - began})
        tally.count(one.outcome)
    ledger.spend(clock.seconds | {ELAPSED: time.perf_counter() - began})
    return len(done)
