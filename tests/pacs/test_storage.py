from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from pydicom import dcmread

from ctbone.errors import InvalidObject, ObjectConflict
from ctbone.pacs.storage import ObjectStore, require_uid
from tests.ingest.conftest import write_slice
from tests.pacs.conftest import objects


@pytest.fixture
def store(tmp_path):
    made = ObjectStore(folder=tmp_path / "objects", scratch=tmp_path / "incoming")
    made.open()
    return made


def writing(content):
    return lambda file: file.write(content)


@pytest.fixture
def content(tmp_path):
    """An object as its file."""
    return write_slice(tmp_path / "source", SOPInstanceUID="1.5").read_bytes()


def test_an_object_that_many_threads_bring_is_kept_once(store, tmp_path, content):
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda _: store.keep(writing(content)), range(40)))
    assert sum(one.is_new for one in kept) == 1
    assert objects(tmp_path) == ["1.5.dcm"]
    assert store.used_bytes == len(content)


def test_who_wrote_a_file_does_not_make_it_another_object(store, content):
    store.keep(writing(content))
    dataset = dcmread(BytesIO(content))
    dataset.file_meta.ImplementationVersionName = "ANOTHER 1.0"
    again = store.keep(lambda file: dataset.save_as(file, enforce_file_format=True))
    assert not again.is_new
    dataset.KVP = "81"
    with pytest.raises(ObjectConflict):
        store.keep(lambda file: dataset.save_as(file, enforce_file_format=True))


@pytest.mark.parametrize("cut", [4, 300])
def test_a_part_of_an_object_is_not_kept(store, tmp_path, content, cut):
    with pytest.raises(InvalidObject):
        store.keep(writing(content[:-cut]))
    assert objects(tmp_path) == []
    assert list(store.scratch.iterdir()) == []


def test_what_is_not_dicom_is_not_kept(store):
    with pytest.raises(InvalidObject, match="found no preamble"):
        store.keep(writing(b"<html>"))


def test_an_object_can_be_read_by_its_owner_alone(store, content):
    kept = store.keep(writing(content))
    path = store.folder / kept.identity.study_uid / kept.identity.series_uid / "1.5.dcm"
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "1..2", "1.", ".1", "1/2", "1.2\n", "1.2 ", "a.b", "1" * 65, "\u0661.\u0662"],
)
def test_only_digits_and_dots_are_a_uid(text):
    with pytest.raises(InvalidObject, match="expected a UID") as refused:
        require_uid(text, name="UID")
    assert text in ("", ".") or text not in str(refused.value)


def test_a_uid_is_a_uid():
    assert require_uid("1.2.840.10008", name="UID") == "1.2.840.10008"
