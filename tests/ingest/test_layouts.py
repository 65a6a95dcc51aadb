import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ctbone.ingest import layouts as module
from ctbone.ingest.elements import Unusual
from ctbone.ingest.layouts import Layouts, layout_of
from tests.ingest.conftest import write_slice
from tests.ingest.test_header import header_of, nested


def read(layouts, path):
    content = path.read_bytes()
    with path.open("rb") as file:
        return layouts.read(file.fileno(), content[:8192], len(content))


def alike(folder, number, **tags):
    """A file whose layout depends on the digits of the number alone."""
    return write_slice(
        folder / f"{number}",
        SOPInstanceUID=f"1.2.3.{number}",
        InstanceNumber=number,
        ImagePositionPatient=[1.5, 2.5, number],
        ProcedureCodeSequence=nested(2, undefined=True),
        ReferencedImageSequence=nested(1, undefined=False),
        **tags,
    )


def test_headers_from_a_layout_are_those_of_the_parser(tmp_path, monkeypatch):
    layouts = Layouts()
    paths = [alike(tmp_path, number) for number in range(10, 30)]
    expected = [header_of(path) for path in paths]
    assert [read(layouts, path) for path in paths[:2]] == expected[:2]
    parsed = []
    monkeypatch.setattr(module, "read_header", lambda *_: parsed.append(1))
    assert [read(layouts, path) for path in paths[2:]] == expected[2:]
    assert not parsed


def test_other_layouts_of_the_same_size_are_told_apart(tmp_path):
    layouts = Layouts()
    for number in range(10, 20):
        for tags in ({"KVP": "120 "}, {"KVP": "80", "BodyPartExamined": None}, {"KVP": "1200"}):
            path = alike(tmp_path, number, **tags)
            assert read(layouts, path) == header_of(path)


def test_only_plain_headers_are_remembered(tmp_path):
    item = Dataset()
    item.EncryptedContentTransferSyntaxUID = "1.2.840.10008.1.2.1"
    plain = alike(tmp_path, 10)
    assert layout_of(plain.read_bytes(), header_of(plain))
    implicit = alike(tmp_path, 11, syntax="1.2.840.10008.1.2")
    assert layout_of(implicit.read_bytes(), header_of(implicit)) is None
    assert layout_of(plain.read_bytes()[:500], header_of(plain)) is None
    bare = alike(tmp_path, 12, PixelData=None, EncryptedAttributesSequence=Sequence([item]))
    assert layout_of(bare.read_bytes(), header_of(bare)) is None


def test_sizes_are_forgotten_when_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MOST_SIZES", 3)
    layouts = Layouts()
    for length in range(0, 20, 2):
        path = alike(tmp_path, 10, PatientComments="x" * length)
        assert read(layouts, path) == header_of(path)
        assert len(layouts.known) <= 3


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_mutated_headers_are_read_as_the_parser_reads_them(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "layouts"
    if not folder.exists():
        alike(folder, 10)
        alike(folder, 11)
    layouts = Layouts()
    for number in (10, 11):
        read(layouts, folder / str(number))
    assert any(layouts.known.values())
    content = bytearray((folder / "10").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(128, len(content) - 61))
        content[at] = data.draw(st.integers(0, 255))
    path = folder / "mutated"
    path.write_bytes(content)
    try:
        expected = header_of(path)
    except Unusual:
        with pytest.raises(Unusual):
            read(layouts, path)
    else:
        assert read(layouts, path) == expected
