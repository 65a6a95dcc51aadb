"""What is said of a cohort that the export holds in part."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ctbone.errors import NothingUsable
from ctbone.runs import RunLog
from ctbone.training.heads.overlap import require_overlap

ROWS = {
    uid: SimpleNamespace(split=split)
    for uid, split in (("1", "train"), ("2", "train"), ("3", "validation"))
}


def test_a_split_that_is_not_there_at_all_is_refused():
    with pytest.raises(NothingUsable, match="split validation in the export, found none of 1 by"):
        require_overlap(ROWS, {"3": ROWS["3"]}, RunLog("train", None))


@pytest.mark.parametrize(
    ("absent", "warnings"),
    [((), []), (("1",), ["of split train, 1 of 2 study_uid are in the export"])],
)
def test_studies_that_lack_are_counted_by_split(absent, warnings):
    log = RunLog("train", None)
    require_overlap(ROWS, {uid: ROWS[uid] for uid in absent}, log)
    assert log.warnings == warnings
