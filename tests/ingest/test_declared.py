import pytest

from ctbone.ingest.declared import acquisition_flags
from ctbone.ingest.stacks import split_stacks
from ctbone.records import Flag
from tests.ingest.conftest import series_record, slice_record


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ({}, []),
        ({"contrast": True}, [Flag.CONTRAST_ENHANCED]),
        ({"contrast": None}, [Flag.CONTRAST_UNKNOWN]),
        ({"kernel": "B70s"}, [Flag.BONE_KERNEL]),
        ({"kernel": ""}, [Flag.KERNEL_UNKNOWN]),
        ({"kvp": None}, [Flag.KVP_UNKNOWN]),
        ({"kvp": 100.0}, [Flag.KVP_NOT_120]),
        ({"kvp": 120.4}, []),
    ],
)
def test_each_departure_has_its_flag(values, flags):
    series = series_record([slice_record(n) for n in range(20)], **values)
    (stack,) = split_stacks(series.slices)
    assert list(acquisition_flags(series, stack)) == flags


@pytest.mark.parametrize(("nominal", "flags"), [(3.0, []), (3.1, [Flag.THICK_SLICES])])
def test_slices_are_thick_beyond_three_millimetres(nominal, flags):
    series = series_record([slice_record(n, slice_thickness_mm=nominal) for n in range(20)])
    (stack,) = split_stacks(series.slices)
    assert list(acquisition_flags(series, stack)) == flags
