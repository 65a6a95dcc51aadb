"""dicom3tools' dciodvfy knows the standard: what it calls an error, no scanner may have written.

Its warnings are of words that makers use and the standard does not name, all of them here.
"""

import re
import shutil
import subprocess

import pydicom
import pytest

from tests.phantom.export.conftest import files_of, objects_of

#: Words in ImageType beyond those of the standard, as the makers write them, and the unit of a
#: localizer, which is no HU.
_KNOWN = re.compile(
    r"</ImageType\(0008,0008\)\[[34]\]> - Unrecognized defined term = "
    r"<(MPR|REFORMATTED|AVERAGE|HELIX|CT_SOM5 (SPI|TOP|MPR|PROT))>"
    r"|</RescaleType\(0028,1054\)\[1\]> - Unrecognized defined term = <US>"
)


def _kind(path):
    """Return what tells kinds of files of one maker apart."""
    header = pydicom.dcmread(path, stop_before_pixels=True)
    return (
        header.get("Manufacturer", "directory"),
        header.file_meta.MediaStorageSOPClassUID,
        tuple(header.get("ImageType", ())),
        str(header.get("ImageOrientationPatient", "")),
        header.file_meta.TransferSyntaxUID,
        "ContrastBolusAgent" in header,
    )


@pytest.fixture(scope="module")
def kinds(everything):
    root = everything.out / "export"
    directories = [path for path in files_of(root) if path.name == "DICOMDIR"]
    found = {}
    for path in (*(path for path, _ in objects_of(root)), *directories):
        found.setdefault(_kind(path), path)
    return found


def test_there_is_a_file_of_every_kind(kinds):
    makers = {kind[0] for kind in kinds}
    assert len(makers) == 5
    for maker in makers - {"directory"}:
        words = {kind[2][2] for kind in kinds if kind[0] == maker and kind[2]}
        assert {"AXIAL", "LOCALIZER"} <= words
    assert len({kind[4] for kind in kinds}) == 5
    assert len({kind[1] for kind in kinds}) == 4


def test_no_file_breaks_the_standard(kinds):
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip("dciodvfy of dicom3tools is not on the path")
    for kind, path in kinds.items():
        done = subprocess.run([tool, "-new", path], capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).splitlines()
        assert not [line for line in said if "rror" in line], kind
        warned = [line for line in said if line.startswith("Warning")]
        assert not [line for line in warned if not _KNOWN.search(line)], kind
