import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.delimited import DELIMITERS, read_rows, to_cell, to_number, to_truth, write_rows

cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufeff")).map(str.strip)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(cells, cells.filter(bool)), max_size=4))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    write_rows(path, ("note", "name"), ({"note": a, "name": b} for a, b in rows))
    assert [(row["note"], row["name"]) for _, row in read_rows(path)] == rows
    assert [p.name for p in path.parent.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_spreadsheets_are_read(tmp_path, delimiter, mark):
    path = tmp_path / "table.csv"
    path.write_text(f"{mark}Study|TP\r\n\r\na, b|1\r\n".replace("|", delimiter).replace(
        "a, b", '"a, b"'), encoding="utf-8")  # fmt: skip
    assert read_rows(path, required=("tp",)) == [(3, {"study": "a, b", "tp": "1"})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "table.csv: expected a table with a header line, found an empty file"),
        (b"a,b\n1,\xff\n", "expected text in UTF-8, found byte 0xff at position 6"),
        (b"a,b\n1,2\n1\n", "line 3: expected a cell a column, found 1 cells for 2 columns"),
        (b"a,b\n1,2,5\n", "line 2: .*found 3 cells for 2 columns; .*decimal comma, wants quotes"),
        (b"a,a,b\n", r"expected each column once, found \['a'\]"),
        (b"a,c\n", r"expected the columns \['b'\], found \['a', 'c'\]"),
        (b"\x1c,\xc2\xa0\n", "found an empty file"),
        (b"a,b\n1,\x00\n", "line 2: expected text, found a NUL character"),
        (b"\xff\xfea", "expected text in UTF-16, found byte 0x61 at position 2"),
        (b"\x89PNG\r\n", "expected a table as text, found a picture"),
        (b"PK\x03\x04", "found a workbook or another archive; save the sheet as CSV"),
        (b'a,b\n"' + b"1" * 200_000, "line 2: expected cells of at most 131072 characters, found"),
        (b"a," + b"c" * 500, r"expected the columns \['b'\], found \['a', 'c{40}'\]"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, message):
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_rows(tmp_path / "table.csv", required=("b",))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_ends_of_lines_and_marked_text_are_read(tmp_path, end, encoding):
    text = end.join(['a,"b"', '1,"é, 2"', "3,4", ""])
    (tmp_path / "table.csv").write_bytes(text.encode(encoding))
    found = read_rows(tmp_path / "table.csv", required=("b",))
    assert [row for _, row in found] == [{"a": "1", "b": "é, 2"}, {"a": "3", "b": "4"}]


def test_other_columns_may_stand_in_place_of_the_required_ones(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("x;y\n1;2\n")
    assert read_rows(path, required=("a", "b"), instead=("x", "y")) == [(2, {"x": "1", "y": "2"})]
    with pytest.raises(
        ValueError, match=r"the columns \['a'\] \(or \['x', 'z'\]\), found \['x', 'y'\]"
    ):
        read_rows(path, required=("a",), instead=("x", "z"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("79.5", 79.5), ("79,5", 79.5), ("-2,50", -2.5), ("1e-3", 0.001), ("+.5", 0.5), ("7.", 7.0)],
)
def test_numbers_are_read(text, value):
    assert to_number(text, name="t_score") == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "1,234", "1.234,5", "1 2", "0x1", "1_0"])
def test_what_may_mean_two_numbers_or_none_is_refused(text):
    with pytest.raises(ValueError, match=f"^age must be a number .*, got '{text}'$"):
        to_number(text, name="age")


@pytest.mark.parametrize("write", [str, str.lower, str.upper])
def test_truths_are_read_as_any_program_writes_them(write):
    found = [to_truth(write(text), name="contrast") for text in ("True", "False", "")]
    assert found == [True, False, None]


@pytest.mark.parametrize("text", ["yes", "1", "1.0", "WAHR", "nan", "truefalse"])
def test_what_is_neither_true_nor_false_is_refused(text):
    with pytest.raises(ValueError, match=f"^contrast must be true, false or empty, got '{text}'$"):
        to_truth(text, name="contrast")


@settings(deadline=None)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_is_written_is_read_back(value):
    assert to_number(to_cell(value), name="x") == value


def test_cells_say_what_they_hold():
    assert [to_cell(v) for v in (None, True, 0.1, ("L1", "L2"), 3)] == [
        "", "true", "0.1", "L1;L2", "3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Smith,1\n", r"^table 1: expected the columns \['id'\], found 2 others$"),
        (
            "id,Smith,Smith\n1,2,3\n",
            r"^table 1: expected each column once, found 1 more than once$",
        ),
        ("id,b\nSmith,2,3\n", r"^table 1, line 2: expected a cell a column, found 3 cells for 2"),
    ],
)
def test_under_an_alias_neither_name_nor_content_is_told(tmp_path, text, message):
    path = tmp_path / "Smith.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as refused:
        read_rows(path, required=("id",), alias="table 1")
    assert "smith" not in str(refused.value).lower()


@pytest.mark.parametrize("text", ["0,967", "-0,125", "+0,5"])
def test_a_comma_behind_a_nought_parts_no_thousands(text):
    assert to_number(text, name="x") == float(text.replace(",", "."))


def test_another_encoding_can_be_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id;Größe\n1;ü\n".encode("cp1252"))
    assert read_rows(path, required=("größe",), encoding="cp1252") == [
        (2, {"id": "1", "größe": "ü"})
    ]
    with pytest.raises(ValueError, match=r"a.csv: expected text in UTF-8, found byte 0xf6"):
        read_rows(path)
    path.write_bytes(b"id\n\x81\n")
    with pytest.raises(ValueError, match="expected text in CP1252, found byte 0x81"):
        read_rows(path, encoding="cp1252")
