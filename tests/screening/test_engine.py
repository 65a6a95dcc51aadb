from dataclasses import replace
from datetime import date

from ctbone.attempts import Failure
from ctbone.errors import Reason
from ctbone.screening import Opening
from ctbone.screening.engine import given_up

from .fakes import series, study


def test_a_study_whose_worker_was_lost_is_told_with_its_month_and_scanner():
    made = (replace(series(), manufacturer="SIEMENS", scanner="3f2a9c"),)
    opening = Opening(weights={}, warnings=(), device="cpu", seconds=0.0)
    lost = Failure(Reason.WORKER_LOST, "expected an answer, found none")
    given = study(series=made, study_date=date(2024, 2, 29))
    outcome = given_up(given, lost, opening=opening, stage="locate", seconds=1.0).outcome
    assert (outcome.reason, outcome.stage) == (Reason.WORKER_LOST, "locate")
    assert outcome.acquisition.study_month == "2024-02"
    assert outcome.acquisition.scanner == "siemens-3f2a9c"
