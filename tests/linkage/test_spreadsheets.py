from datetime import datetime

import pytest
from openpyxl import Workbook

from ctbone.linkage.spreadsheets import read_spreadsheet
from tests.linkage.conftest import CANARY, make_sheet


def write_book(path, *sheets):
    book = Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def cells_of(path, **changes):
    return [
        (row.line, dict(row.cells))
        for row in read_spreadsheet(path, make_sheet(**changes), number=1)
    ]


def test_a_workbook_keeps_its_types_and_its_lines(tmp_path):
    day = datetime(2024, 3, 1)
    rows = [[], ["ID", " Date ", "T", None], [], [77, day, -2.5, "note"], [None, "", None]]
    path = write_book(tmp_path / "a.XLSX", [["x"]], rows)
    assert cells_of(path, worksheet=2) == [(4, {"id": 77, "date": day, "t": -2.5})]


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        ("ID;Date;T\n1;2024-03-01;-2,5\n", "utf-8", None),
        ("ID\tDate\tT\n1\t2024-03-01\t-2,5\n", "utf-16", None),
        ("ID;Date;T;Größe\n1;2024-03-01;-2,5;1\n", "cp1252", "cp1252"),
    ],
)
def test_text_of_any_usual_form_is_read(tmp_path, text, encoding, named):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    ((line, cells),) = cells_of(path, encoding=named)
    assert (line, cells["id"], cells["t"]) == (2, "1", "-2,5")


@pytest.mark.parametrize("suffix", [".xls", ".ods", ".XLSB"])
def test_other_workbooks_are_refused_in_one_sentence(tmp_path, suffix):
    path = tmp_path / f"{CANARY}{suffix}"
    path.write_bytes(b"anything")
    with pytest.raises(ValueError, match=r"^spreadsheet 1: expected CSV or \.xlsx, found a ") as e:
        cells_of(path)
    assert CANARY not in str(e.value)


def no_header(folder):
    return write_book(folder / f"{CANARY}.xlsx", [[CANARY, "2024-03-01", -2.5]])


def no_header_text(folder):
    path = folder / f"{CANARY}.csv"
    path.write_text(f"{CANARY},2024-03-01,-2.5\n")
    return path


def twice(folder):
    path = folder / f"{CANARY}.csv"
    path.write_text(f"id,date,t,{CANARY},{CANARY}\n1,2,3,4,5\n")
    return path


def torn(folder):
    path = write_book(folder / f"{CANARY}.xlsx", [["id", "date", "t"], [CANARY] * 3])
    path.write_bytes(path.read_bytes()[:-300])
    return path


def other(folder):
    path = folder / f"{CANARY}.xlsx"
    path.write_text(CANARY)
    return path


def ragged(folder):
    path = folder / f"{CANARY}.csv"
    path.write_text(f"id,date,t\n{CANARY},2024-03-01,-2.5,{CANARY}\n")
    return path


def empty(folder):
    return write_book(folder / f"{CANARY}.xlsx", [])


@pytest.mark.parametrize("write", [no_header, no_header_text, twice, torn, other, ragged, empty])
def test_a_file_that_is_no_table_is_refused_without_a_word_of_it(tmp_path, write):
    with pytest.raises(ValueError, match=r"^spreadsheet 1") as refused:
        cells_of(write(tmp_path))
    assert CANARY.lower() not in str(refused.value).lower()


def test_a_file_that_the_system_keeps_back_is_not_named(tmp_path, monkeypatch):
    path = tmp_path / f"{CANARY}.csv"
    path.write_text("id,date,t\n")

    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(ValueError, match=r"that can be read, found permission denied$") as refused:
        cells_of(path)
    assert CANARY not in str(refused.value)


def test_a_worksheet_that_is_not_there_is_refused(tmp_path):
    path = write_book(tmp_path / "a.xlsx", [["id", "date", "t"]])
    with pytest.raises(ValueError, match=r"expected a worksheet 2, found 1"):
        cells_of(path, worksheet=2)


def test_what_unpacks_to_more_than_a_table_is_not_opened(tmp_path, monkeypatch):
    path = write_book(tmp_path / "a.xlsx", [["id", "date", "t"]])
    monkeypatch.setattr("ctbone.linkage.spreadsheets._MOST_BYTES", 100)
    with pytest.raises(ValueError, match="expected a workbook of at most"):
        cells_of(path)
