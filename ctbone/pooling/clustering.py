"""Which tables belong together, and which of them stays where one is kept."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ctbone.interchange import AccuracyTable

#: Which table of a study stays where one is kept: nothing that depends on its results.
RULE = "external before internal validation, then the most patients, then the first in the file"

#: Cohorts by which any study may call its own; they link no two studies.
_ANY_COHORT = frozenset(
    {"", "all", "test", "train", "validation", "internal", "external", "temporal", "development",
     "internal_test", "temporal_test", "external_test"}
)  # fmt: skip

#: Columns that number the study where the first column tells its tables apart.
STUDY_NUMBERS = ("study_id", "studyid")


def clusters(tables: Sequence[AccuracyTable]) -> NDArray[np.intp]:
    """Number the groups of tables that belong together, in the order of the tables.

    Tables belong together that share a study (its name, or its number in a column ``study_id``)
    or a named cohort, directly or through others. Cohorts named only for their part in a study
    ("internal_test") link no two studies.
    """
    root = list(range(len(tables)))

    def find(index: int) -> int:
        while root[index] != index:
            index = root[index]
        return index

    first: dict[Hashable, int] = {}
    for index, item in enumerate(tables):
        for key in _keys(item):
            a, b = sorted((find(first.setdefault(key, index)), find(index)))
            root[b] = a
    found = [find(index) for index in range(len(tables))]
    number = {name: i for i, name in enumerate(dict.fromkeys(found))}
    return np.asarray([number[name] for name in found], np.intp)


def _keys(item: AccuracyTable) -> Iterator[Hashable]:
    yield "study", item.study
    if (cohort := item.cohort.strip().lower()) not in _ANY_COHORT:
        yield "cohort", cohort
    for name in STUDY_NUMBERS:
        if number := item.covariates.get(name, "").strip():
            yield name, number


def one_table_each(tables: Sequence[AccuracyTable], cluster: NDArray[np.intp]) -> tuple[int, ...]:
    """Choose one table of each group by ``RULE``; return their indices in order."""

    def rank(index: int) -> tuple[bool, int, int]:
        item = tables[index]
        is_external = item.covariates.get("validation", "").strip().lower() == "external"
        return not is_external, -(item.table.diseased + item.table.healthy), index

    groups = (np.flatnonzero(cluster == c).tolist() for c in range(int(cluster.max()) + 1))
    return tuple(sorted(min(group, key=rank) for group in groups))
