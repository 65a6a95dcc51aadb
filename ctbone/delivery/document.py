"""The page of a study as an encapsulated PDF."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.delivery.case import Case
from ctbone.delivery.header import finish, identity, patient_and_study, unquestioned
from ctbone.delivery.page import TITLE, draw_page

if TYPE_CHECKING:
    from pydicom import Dataset

#: Encapsulated PDF Storage (DICOM PS3.4, B.5).
_SOP_CLASS = "1.2.840.10008.5.1.4.1.1.104.1"


def write_document(path: Path, case: Case, *, picture: Path) -> None:
    """Write the page of a screened study as a DICOM object.

    Args:
        path: Where to write.
        case: The study and its outcome.
        picture: The quality-control picture, a PNG.

    Raises:
        NoEligibleSeries: If nothing in DICOM can refer to the series.
        UnreadableFile: If the first image cannot be read.
    """
    found = _document(case, draw_page(case, picture=picture))
    finish(path, found, case.images[0])


def _document(case: Case, page: bytes) -> Dataset:
    from highdicom import SOPClass
    from pydicom.uid import ExplicitVRLittleEndian

    with unquestioned():
        found = SOPClass(
            sop_class_uid=_SOP_CLASS,
            modality="DOC",
            transfer_syntax_uid=ExplicitVRLittleEndian,
            **patient_and_study(case.images[0]),
            **identity(case, "document", hashlib.sha256(page).hexdigest()),
        )
    found.ConversionType = "WSD"
    found.BurnedInAnnotation = "NO"
    found.DocumentTitle = TITLE
    found.ConceptNameCodeSequence = []
    found.VerificationFlag = "UNVERIFIED"
    found.AcquisitionDateTime = None
    found.MIMETypeOfEncapsulatedDocument = "application/pdf"
    # An element has an even number of bytes; the document has the number that stands beside it.
    found.EncapsulatedDocumentLength = len(page)
    found.EncapsulatedDocument = page + b"\0" * (len(page) % 2)
    return found
