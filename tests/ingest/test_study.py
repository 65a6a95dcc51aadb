from dataclasses import replace

import numpy as np
import pytest

from ctbone import errors
from ctbone.errors import NoEligibleSeries, Reason
from ctbone.ingest import SeriesRule, first_readable, index_export, read_study
from ctbone.records import Flag
from tests.ingest.stacks import body, write_stack

RULE = SeriesRule()


def write_three(folder):
    """Write three eligible series, the longest first in preference."""
    for number, count in enumerate((34, 32, 30)):
        uid = f"1.2.3.1.{number}"
        write_stack(
            folder / str(number), body((count, 20, 20), seed=number), SeriesInstanceUID=uid
        )
    return folder


def spoil(folder):
    """Give the slices one value, as only their pixels show."""
    for path in folder.iterdir():
        raw = path.read_bytes()
        path.write_bytes(raw[: -20 * 20 * 2] + bytes(20 * 20 * 2))


def study_of(folder):
    (study,) = index_export(folder, key=b"test")
    return study


def test_the_preferred_series_is_read_where_it_can_be(tmp_path):
    series, volume = read_study(study_of(write_three(tmp_path)), rule=RULE)
    assert (series.series_uid, volume.series_uid) == ("1.2.3.1.0", "1.2.3.1.0")
    assert Flag.PREFERRED_UNREADABLE not in volume.flags


@pytest.mark.parametrize("bad", [1, 2])
def test_the_next_series_is_read_where_a_preferred_one_cannot_be(tmp_path, bad):
    study = study_of(write_three(tmp_path))
    for number in range(bad):
        spoil(tmp_path / str(number))
    series, volume = read_study(study, rule=RULE)
    assert (series.series_uid, volume.series_uid) == (f"1.2.3.1.{bad}", f"1.2.3.1.{bad}")
    np.testing.assert_array_equal(
        volume.hu.transpose(2, 1, 0), body((34 - 2 * bad, 20, 20), seed=bad)
    )
    assert volume.flags == (Flag.PREFERRED_UNREADABLE,)


def test_another_stack_of_the_series_is_read_too(tmp_path):
    for n, count in enumerate((34, 32)):
        write_stack(tmp_path / str(n), body((count, 20, 20)), AcquisitionNumber=n)
    study = study_of(tmp_path)
    spoil(tmp_path / "0")
    series, volume = read_study(study, rule=RULE)
    assert {item.acquisition for item in series.slices} == {1}
    assert volume.flags == (Flag.STACK_CHOSEN, Flag.PREFERRED_UNREADABLE)


def test_the_fault_of_the_preferred_series_is_told_where_none_can_be_read(tmp_path):
    study = study_of(write_three(tmp_path))
    (tmp_path / "0" / "003").unlink()
    spoil(tmp_path / "1")
    spoil(tmp_path / "2")
    with pytest.raises(errors.UnreadableFile, match="file 4"):
        read_study(study, rule=RULE)
    with pytest.raises(NoEligibleSeries) as caught:
        read_study(replace(study, series=()), rule=RULE)
    assert caught.value.reason is Reason.NO_ELIGIBLE_SERIES


def test_a_selection_that_never_changes_its_mind_ends(tmp_path):
    study = study_of(write_three(tmp_path))
    asked = []

    def read(series):
        asked.append(series.series_uid)
        raise errors.UnreadableFile("always")

    with pytest.raises(errors.UnreadableFile, match="always"):
        first_readable(study, select=lambda _: study.series[1], read=read)
    assert asked == ["1.2.3.1.1"] * 2
