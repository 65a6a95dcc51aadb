"""Which tables belong together, and which of them stays where one is kept."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ctbone.interchange import AccuracyTable
from ctbone.interchange.tables import STUDY_NUMBERS

#: Which table of a study stays where one is kept: nothing that depends on its results.
RULE = "external before internal validation, then the most patients, then the first in the file"

#: What any study may call a cohort of its own, as ``_spelled``; such names link no two studies.
_ANY_COHORT = frozenset(
    {"", "all", "test", "train", "validation", "internal", "external", "temporal", "development",
     "internal test", "temporal test", "external test"}
)  # fmt: skip

#: A whole number that is written as a fraction.
_WHOLE = re.compile(r"^(\d+)\.0+$")


def clusters(tables: Sequence[AccuracyTable]) -> NDArray[np.intp]:
    """Number the groups of tables that belong together, in the order of the tables.

    Tables belong together that share a study (its name, or its number in a column ``study_id``)
    or a named cohort, directly or through others. Cohorts named only for their part in a study
    ("internal_test"), or for that and what the study calls the site ("internal_test, main", as
    ``evaluate`` writes them), link no two studies. Letter case and white space tell none apart.
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
    yield "study", _spelled(item.study)
    if _part_and_site(item)[0] not in _ANY_COHORT:
        yield "cohort", _spelled(item.cohort)
    for name in STUDY_NUMBERS:
        if number := _spelled(item.covariates.get(name, "")):
            # A column of numbers with a gap comes back from pandas as one of fractions.
            yield name, _WHOLE.sub(r"\1", number)


def _part_and_site(item: AccuracyTable) -> tuple[str, str]:
    """Part what a study calls a cohort where ``evaluate`` sets a comma between part and site."""
    part, _, site = _spelled(item.cohort.replace("-", " ").replace(";", ",")).partition(",")
    return part.strip(), site.strip()


def _spelled(name: str) -> str:
    """Return a name without letter case, and with one space for white space and underscores."""
    return " ".join(name.replace("_", " ").casefold().split())


def unlinked_cohorts(tables: Sequence[AccuracyTable]) -> tuple[str, ...]:
    """Return the names by which several groups of tables call a part of theirs and its site.

    Their patients may be the same: nothing in the tables says so.
    """
    found: dict[tuple[str, str], tuple[str, set[int]]] = {}
    for item, group in zip(tables, clusters(tables).tolist(), strict=True):
        part, site = _part_and_site(item)
        if part in _ANY_COHORT and site:
            found.setdefault((part, site), (item.cohort, set()))[1].add(group)
    return tuple(shown for shown, groups in found.values() if len(groups) > 1)


def one_table_each(tables: Sequence[AccuracyTable], cluster: NDArray[np.intp]) -> tuple[int, ...]:
    """Choose one table of each group by ``RULE``; return their indices in order."""

    def rank(index: int) -> tuple[bool, int, int]:
        item = tables[index]
        is_external = item.covariates.get("validation", "").strip().lower() == "external"
        return not is_external, -(item.table.diseased + item.table.healthy), index

    groups = (np.flatnonzero(cluster == c).tolist() for c in range(int(cluster.max()) + 1))
    return tuple(sorted(min(group, key=rank) for group in groups))
