"""Whatever pydicom is asked for is listed as read, so that ``privacy.json`` tells of it."""

import pytest
from pydicom import Dataset
from pydicom.datadict import keyword_for_tag

from ctbone.ingest import index_export
from ctbone.ingest.tags import FURTHER_TAGS, REFERENCE_TAGS, TAGS
from ctbone.localisation import SegmentationSource, source_images
from ctbone.localisation.masks.segmentation_source import CARRIED
from tests.ingest.stacks import body
from tests.ingest.test_frames import write_enhanced

#: What says nothing of an image: functional groups, macros in them, and how long a header is.
GROUPS = {
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "PixelMeasuresSequence",
    "PixelValueTransformationSequence", "CTImageFrameTypeSequence", "FrameContentSequence",
    "PlanePositionSequence", "PlaneOrientationSequence", "CTReconstructionSequence",
    "CTXRayDetailsSequence", "FrameAnatomySequence",
    "FileMetaInformationGroupLength",
}  # fmt: skip


def keywords(*tables):
    return {keyword_for_tag(tag) for table in tables for tag in table.values()}


@pytest.fixture
def asked(monkeypatch):
    """The keywords that data sets are asked for."""
    found = set()
    for name in ("get", "__getitem__", "__contains__"):
        honest = getattr(Dataset, name)

        def watch(self, key, *rest, honest=honest):
            if isinstance(key, str):
                found.add(key)
            return honest(self, key, *rest)

        monkeypatch.setattr(Dataset, name, watch)
    return found


@pytest.fixture
def export(tmp_path):
    write_enhanced(tmp_path / "x", [body((6, 12, 10))], region="Abdomen", kind="ORIGINAL")
    return tmp_path


def test_what_is_read_of_frames_is_listed(export, asked):
    list(index_export(export, key=b""))
    assert asked > {"FrameType", "CodeMeaning", "StackID"}
    assert asked - GROUPS <= keywords(TAGS, FURTHER_TAGS)


@pytest.mark.parametrize("patient", ["pseudonym", "source"])
def test_what_is_read_for_references_is_listed(export, asked, patient):
    (study,) = index_export(export, key=b"")
    asked.clear()
    source_images(SegmentationSource(study=study, series=study.series[0], patient=patient))
    assert "FrameOfReferenceUID" in asked
    assert asked - GROUPS <= keywords(TAGS, FURTHER_TAGS, REFERENCE_TAGS) | set(CARRIED[patient])
