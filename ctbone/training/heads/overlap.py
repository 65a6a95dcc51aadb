"""How much of a cohort the export holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ctbone.cohort import CohortRow
from ctbone.errors import NothingUsable
from ctbone.runs import RunLog


def require_overlap(
    rows: Mapping[str, CohortRow], absent: Mapping[str, CohortRow], log: RunLog
) -> None:
    """Say of which split studies are not in the export; refuse where all of a split are not.

    Args:
        rows: The studies to train on and to validate with, by study_uid.
        absent: Those of them that the export does not hold.
        log: Takes what to warn of.

    Raises:
        NothingUsable: If the export holds none of a split.
    """
    wanted = Counter(row.split for row in rows.values())
    missing = Counter(row.split for row in absent.values())
    for split, number in sorted(wanted.items()):
        if missing[split] == number:
            raise NothingUsable(
                f"expected the studies of split {split} in the export, found none of {number} by "
                "study_uid"
            )
        if missing[split]:
            found = f"{number - missing[split]} of {number}"
            log.warnings.append(f"of split {split}, {found} study_uid are in the export")
