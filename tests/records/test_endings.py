"""How studies end, in words that fit a table."""

from ctbone.errors import Reason
from ctbone.records import Rejection


def test_what_is_said_of_a_rejection_stands_on_one_line():
    rejected = Rejection(
        study_uid="1.2",
        patient_id="p",
        reason=Reason.TRUNCATED,
        detail="  expected a body,\n\tfound half of one ",
        stage="locate",
        seconds=1.0,
    )
    assert rejected.detail == "expected a body, found half of one"
