"""A small export that names its patients wherever a header, a folder or a file can.

Every place has a canary of its own, so that a test that finds one says where it came from.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.datadict import DicomDictionary, keyword_for_tag
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from ctbone.ingest import write_label_map
from tests.ingest.conftest import write_slice
from tests.ingest.stacks import write_stack
from tests.localisation.spine import make_spine

#: What every canary begins with, whatever the case.
MARK = "zqxkvj"

#: A date that nobody else is born on, in the forms that a program writes.
BIRTH_DATE = "19521123"
BIRTH_FORMS = (BIRTH_DATE, "1952-11-23", "23.11.1952", "23/11/1952", "11/23/1952")

#: Text that a person types, by value representation, and how long it may be.
_LENGTHS = {"PN": 64, "LO": 64, "SH": 16, "LT": 64, "ST": 64, "UT": 64, "UC": 64, "AE": 16}

#: Groups of patient, study, series, equipment, request and procedure.
_GROUPS = {0x0008, 0x0010, 0x0018, 0x0020, 0x0028, 0x0032, 0x0038, 0x0040, 0x4000, 0x4008}

#: Text that decides whether a study is read; planted beside what it has to say.
_DECIDING = {"Manufacturer", "ConvolutionKernel", "BodyPartExamined", "ContrastBolusAgent"}

SCREENED, UNREADABLE, SHORT = "1.2.3.1", "1.2.3.6", "1.2.3.7"
SERIES = f"{SCREENED}.1"


def canary(place: str) -> str:
    """Return what is planted in a place."""
    return f"{MARK}{place}"


@functools.cache
def planted_text() -> dict[str, str]:
    """Return a canary for every element that holds text, by keyword."""
    found = {}
    for tag, (vr, *_) in DicomDictionary.items():
        name = keyword_for_tag(tag)
        if vr in _LENGTHS and tag >> 16 in _GROUPS and name and name not in _DECIDING:
            found[name] = canary(f"{tag:08x}" if _LENGTHS[vr] < 64 else name)[: _LENGTHS[vr]]
    return found


def _planted() -> dict[str, object]:
    request = Dataset()
    request.RequestedProcedureDescription = canary("requested")
    request.ScheduledProcedureStepID = canary("step")
    request.ReasonForTheRequestedProcedure = canary("reason")
    other = Dataset()
    other.PatientID, other.IssuerOfPatientID = canary("other"), canary("otherissuer")
    return {
        **planted_text(),
        "PatientBirthDate": BIRTH_DATE,
        "PatientSex": "F",
        "StudyTime": "101112",
        "PatientAge": "071Y",
        "RequestAttributesSequence": [request],
        "OtherPatientIDsSequence": [other],
    }


def write_export(root: Path) -> Path:
    """Write the export and the masks of its studies; return masks.csv."""
    export = root / "export"
    masks = write_screened(root)
    hostile = {"Manufacturer": canary("maker"), "ConvolutionKernel": canary("kernel")}
    uids = {"StudyInstanceUID": SHORT, "SeriesInstanceUID": f"{SHORT}.1"}
    for number in range(3):
        path = export / canary("short") / f"{canary('name')}{number}.dcm"
        write_slice(path, InstanceNumber=number, **_planted(), **hostile, **uids)
    _write_unreadable(export / canary("unreadable"))
    write_directory(export, [canary("folder").upper(), canary("file").upper()])
    (export / f"{canary('text')}.txt").write_text(canary("prose"))
    (export / f"{canary('nifti')}.nii.gz").write_text(canary("gzip"))
    return masks


def write_screened(root: Path) -> Path:
    """Write the one study that can be screened and its masks; return masks.csv."""
    folder, masks = root / "export" / canary("folder"), root / "masks"
    spine = make_spine(("L1", "L2"), shape=(44, 52, 40))
    hu = np.array(spine.volume.hu).transpose(2, 1, 0)
    hu[:, :6], hu[:, -6:] = -1000, -1000
    spacing = np.linalg.norm(spine.volume.affine[:3, :3], axis=0)
    write_stack(
        folder,
        hu,
        spacing_mm=tuple(spacing),
        origin_mm=spine.volume.affine[:3, 3],
        FrameOfReferenceUID="1.2.3.4.77",
        Manufacturer=f"SIEMENS {canary('maker')}",
        ConvolutionKernel=["Br38f", canary("kernel")],
        **_planted(),
    )
    for path in sorted(folder.iterdir())[:3]:
        _plant_privately(path)
    masks.mkdir()
    write_label_map(masks / "bodies.nii.gz", spine.bodies, spine.volume.affine)
    table = root / "masks.csv"
    table.write_text(f"series_uid,mask,numbering,holds\n{SERIES},masks/bodies.nii.gz,verse,body\n")
    return table


def _plant_privately(path: Path) -> None:
    dataset = dcmread(path)
    block = dataset.private_block(0x0029, canary("creator"), create=True)
    block.add_new(1, "LO", canary("private"))
    block.add_new(2, "OB", canary("privatebytes").encode())
    dataset.save_as(path.with_name(f"{canary('file')}{path.name}"))
    path.unlink()


def _write_unreadable(folder: Path) -> None:
    """Write files that fail early, in a sequence, and in their pixels."""
    uids = {"StudyInstanceUID": UNREADABLE, "SeriesInstanceUID": f"{UNREADABLE}.1"}
    whole = write_slice(folder / f"{canary('whole')}", **_planted(), **uids).read_bytes()
    (folder / canary("pixels")).write_bytes(whole[:-8])
    (folder / canary("early")).write_bytes(whole[:900])
    (folder / canary("uid")).write_bytes(
        whole.replace(UNREADABLE.encode(), MARK.encode() + b"uid/")
    )
    (folder / canary("preamble")).write_bytes(canary("inpreamble").encode() + whole[132:])


def write_directory(export: Path, file_id: list[str]) -> None:
    """Write a DICOMDIR with one patient and one image, which lies where ``file_id`` says."""
    patient = Dataset()
    patient.DirectoryRecordType = "PATIENT"
    patient.PatientName, patient.PatientID = canary("dirname"), canary("dirid")
    image = Dataset()
    image.DirectoryRecordType = "IMAGE"
    image.ReferencedFileID = file_id
    directory = Dataset()
    directory.FileSetID = canary("fileset").upper()
    directory.DirectoryRecordSequence = [patient, image]
    directory.file_meta = FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3.99"
    directory.save_as(export / "DICOMDIR", enforce_file_format=True)
