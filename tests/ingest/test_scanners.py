import pytest

from ctbone.ingest import index_export
from ctbone.ingest.scanners import scanner_digest
from tests.ingest.conftest import write_slice
from tests.ingest.test_attributes import common

SCANNER = {"manufacturer": b"SIEMENS ", "model": b"Force", "serial": b"12345 ", "station": b"CT01"}


def digest(key=b"key", **values):
    return scanner_digest(common(**(SCANNER | values)), key=key)


def test_one_scanner_has_one_digest_whatever_its_software_writes():
    assert len(digest()) == 6
    assert int(digest(), 16) >= 0
    assert digest(manufacturer=b"Siemens", serial=b" 123 45", station=b"CT02") == digest()


@pytest.mark.parametrize("other", ["manufacturer", "model", "serial"])
def test_others_have_others(other):
    assert digest(**{other: b"other"}) != digest()


def test_the_station_stands_in_for_a_serial_number_and_is_not_taken_for_one():
    assert digest(serial=b" ") == digest(serial=b"")
    assert digest(serial=b"", station=b"12345") not in {digest(), digest(serial=b"", station=b"1")}


def test_without_either_there_is_none():
    assert not digest(serial=b"", station=b"\0 ")


def test_nobody_without_the_key_can_try_serial_numbers():
    assert digest(b"another key") != digest()


def test_series_of_an_export_carry_it(tmp_path, key):
    made = {"Manufacturer": "SIEMENS", "ManufacturerModelName": "Force"}
    write_slice(tmp_path / "a", **made, DeviceSerialNumber="12345", StationName="CT01")
    write_slice(tmp_path / "b", **made, StationName="CT01", SeriesInstanceUID="1.2.3.1.2")
    write_slice(tmp_path / "c", **made, SeriesInstanceUID="1.2.3.1.3")
    (study,) = index_export(tmp_path, key=key)
    first, second, third = (series.scanner for series in study.series)
    assert first == digest(key)
    assert second == digest(key, serial=b"")
    assert not third
