"""What an export, a table or a header says of paths leads nowhere outside the folders given."""

import warnings

import numpy as np
import pytest

from ctbone.cli import main
from ctbone.delimited import read_rows
from ctbone.errors import MaskMissing
from ctbone.localisation.masks import MaskLocator
from ctbone.localisation.masks.table import read_masks
from ctbone.volume import CTVolume
from tests.ingest.conftest import write_series, write_slice
from tests.privacy.planting import write_directory, write_screened

#: Made like nothing that a folder or a file should be called.
HOSTILE_UIDS = (
    "../../x",
    "/etc/x",
    "..",
    ".",
    "1.2/../../../x",
    "1." * 40 + "1",
    "con",
    "x\\..\\y",
)


def _files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def _write_with_uid(path, uid):
    """Write a slice whose StudyInstanceUID is no UID, which pydicom would not write."""
    placeholder = "9" * (len(uid) + len(uid) % 2)
    with warnings.catch_warnings():
        # Of what is too long for a UID.
        warnings.simplefilter("ignore", UserWarning)
        write_slice(path, StudyInstanceUID=placeholder, SeriesInstanceUID=f"1.9.{path.name}")
    told = uid.encode().ljust(len(placeholder), b"\0")
    path.write_bytes(path.read_bytes().replace(placeholder.encode(), told))


@pytest.fixture
def outside(tmp_path):
    """A folder beside the export with a study in it, to which nothing should lead."""
    write_series(tmp_path / "outside", count=14, StudyInstanceUID="1.66", SeriesInstanceUID="1.67")
    return tmp_path / "outside"


def test_links_and_directories_lead_nowhere(tmp_path, outside):
    export = tmp_path / "export"
    write_series(export / "own", count=14)
    (export / "folder").symlink_to(outside)
    (export / "file").symlink_to(outside / "0000")
    (export / "loop").symlink_to(export)
    write_directory(export, ["UP", "OUTSIDE", "0000"])
    content = (export / "DICOMDIR").read_bytes()
    (export / "DICOMDIR").write_bytes(content.replace(b"UP\\OUTSIDE", b"..\\OUTSIDE"))
    before = _files(outside)
    main(["index", "--export", str(export), "--out", str(tmp_path / "out")])
    ((_, row),) = read_rows(tmp_path / "out" / "studies.csv")
    assert (row["study_uid"], row["n_slices"]) == ("1.2.3.1", "14")
    assert _files(outside) == before


def test_no_uid_names_a_file_outside(tmp_path):
    root = tmp_path / "deep" / "deeper"
    (root / "work").mkdir(parents=True)
    masks = write_screened(root / "work")
    for number, uid in enumerate(HOSTILE_UIDS):
        _write_with_uid(root / "work" / "export" / f"{number}", uid)
    folder = next((root / "work" / "export").glob("*folder"))
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"1.2.3.1\0", b"../../x\0", 1))
    before = _files(tmp_path)
    main([
        "screen", "--export", str(root / "work" / "export"), "--masks", str(masks), "--out",
        str(root / "out"), "--workers", "0", "--deliver", "fhir", "--deliver_rejected",
        "true",
    ])  # fmt: skip
    made = {name for name in _files(tmp_path) - before if name != "deep/deeper/out"}
    assert made
    assert all(name.startswith("deep/deeper/out/") for name in made)
    statuses = [row["status"] for _, row in read_rows(root / "out" / "results.csv")]
    assert len(statuses) == len(HOSTILE_UIDS) + 1
    assert "screened" in statuses
    assert {"pictures", "fhir"} <= {path.name for path in (root / "out").iterdir()}
    uids = {row["study_uid"] for _, row in read_rows(root / "out" / "results.csv")}
    assert all(len(uid) <= 64 and set(uid) <= set("0123456789.") for uid in uids)


@pytest.mark.parametrize("folder", ["../elsewhere", "/elsewhere"])
def test_masks_lie_where_their_table_says(tmp_path, folder):
    """A person writes masks.csv: whatever that person can read is read, and nothing written."""
    table = tmp_path / "masks.csv"
    table.write_text(f"series_uid,mask,numbering\n1.2,{folder}/../m.nii.gz,verse\n")
    assert read_masks(table, images=tmp_path)["1.2"].path == tmp_path / folder / "../m.nii.gz"
    locate = MaskLocator.from_csv(table, images=tmp_path)
    with pytest.raises(MaskMissing, match="does not exist"):
        locate(CTVolume(np.zeros((2, 2, 2), np.int16), np.eye(4), "1.2"))
    assert _files(tmp_path) == {"masks.csv"}
