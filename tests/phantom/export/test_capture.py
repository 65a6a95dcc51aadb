import numpy as np
import pydicom

from ctbone.phantom.export.encode import CAPTURE
from tests.phantom.export.conftest import objects_of


def test_a_page_of_doses_is_a_picture_and_no_slice(everything, truths):
    pages = 0
    for path, header in objects_of(everything.out / "export"):
        if header.SOPClassUID != CAPTURE:
            continue
        pages += 1
        assert truths[header.StudyInstanceUID]["extras"]["has_capture"]
        assert header.ImageType[:2] == ["DERIVED", "SECONDARY"]
        assert not {"ImagePositionPatient", "RescaleSlope", "FrameOfReferenceUID"} & set(
            header.dir()
        )
        pixels = pydicom.dcmread(path).pixel_array
        assert pixels.dtype == np.uint8
        # Text and a frame on black.
        assert 0.005 < (pixels > 100).mean() < 0.2
    assert pages == sum(truth["extras"]["has_capture"] for truth in truths.values()) >= 3
