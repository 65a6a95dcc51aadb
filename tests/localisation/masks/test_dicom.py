"""A study becomes two DICOM segmentations: its bodies, and what may be measured in them."""

from dataclasses import replace

import numpy as np
import pydicom

from ctbone.errors import Reason
from ctbone.ingest import index_export, read_volume
from ctbone.localisation import (
    DicomMasks,
    MaskEntry,
    SegmentationAlgorithm,
    SegmentationSource,
    locate_labels,
    write_dicom_masks,
)
from tests.ingest.stacks import write_stack
from tests.localisation.spine import make_spine

ENTRY = MaskEntry(path=None, numbering="verse", holds="body")


def write_ct(folder, spine):
    """Write the CT of a spine as DICOM slices."""
    spacing = np.linalg.norm(spine.volume.affine[:3, :3], axis=0)
    write_stack(
        folder,
        np.asarray(spine.volume.hu).transpose(2, 1, 0),
        axes=spine.volume.affine[:3, :3] / spacing,
        spacing_mm=tuple(spacing),
        origin_mm=spine.volume.affine[:3, 3],
        FrameOfReferenceUID="1.2.3.4.77",
    )


def write(folder, *, refused=()):
    spine = make_spine(("L1", "L2"), scan_degrees=(3.0, 8.0, -4.0))
    write_ct(folder / "ct", spine)
    (study,) = index_export(folder / "ct", key=b"test")
    volume = read_volume(study.series[0], check_unit=False)
    found = [
        replace(v, reason=Reason.FRACTURE) if v.level.name in refused else v
        for v in locate_labels(volume, spine.bodies, volume.affine, entry=ENTRY)
    ]
    written = write_dicom_masks(
        folder / "out",
        volume,
        found,
        source=SegmentationSource(study=study, series=study.series[0]),
        algorithm=SegmentationAlgorithm(name="a test"),
    )
    return study, {path.name: pydicom.dcmread(path) for path in written}, spine


def test_bodies_and_regions_are_two_objects(tmp_path):
    study, written, spine = write(tmp_path)
    assert list(written) == [f"{study.study_uid}-{name}.dcm" for name in ("body", "trabecular")]
    for dataset in written.values():
        assert [s.SegmentLabel.split()[0] for s in dataset.SegmentSequence] == ["L1", "L2"]
    bits = [
        np.unpackbits(np.frombuffer(dataset.PixelData, np.uint8)).sum()
        for dataset in written.values()
    ]
    assert bits[0] == np.count_nonzero(spine.bodies)
    assert 0 < bits[1] < 0.5 * bits[0]


def test_a_vertebra_that_must_not_be_measured_has_a_body_alone(tmp_path):
    study, written, _ = write(tmp_path, refused=("L2",))
    labels = {name: [s.SegmentLabel for s in d.SegmentSequence] for name, d in written.items()}
    assert labels[f"{study.study_uid}-body.dcm"] == ["L1 vertebral body", "L2 vertebral body"]
    assert labels[f"{study.study_uid}-trabecular.dcm"] == ["L1 trabecular region"]


def test_without_a_region_there_is_one_object(tmp_path):
    _, written, _ = write(tmp_path, refused=("L1", "L2"))
    assert len(written) == 1


def test_studies_are_filed_one_after_the_other_where_that_is_asked_for(tmp_path):
    study, _, spine = write(tmp_path)
    (series,) = study.series
    volume = read_volume(series, check_unit=False)
    found = locate_labels(volume, spine.bodies, volume.affine, entry=ENTRY)
    made_by = SegmentationAlgorithm(name="a test")
    folder = tmp_path / "segmentations"
    assert DicomMasks(folder=folder, patient=None, algorithm=made_by)(study, series, volume, found)
    assert not folder.exists()
    file = DicomMasks(folder=folder, patient="source", algorithm=made_by)
    assert file(study, series, volume, found)
    dataset = pydicom.dcmread(folder / f"{study.study_uid}-body.dcm")
    assert dataset.PatientID == "P1"


def test_a_series_that_cannot_be_referred_to_is_told_and_stops_nothing(tmp_path):
    study, _, spine = write(tmp_path)
    (series,) = study.series
    first, *others = series.slices
    series = replace(series, slices=(replace(first, sop_instance_uid=""), *others))
    found = locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)
    file = DicomMasks(
        folder=tmp_path / "none",
        patient="pseudonym",
        algorithm=SegmentationAlgorithm(name="a test"),
    )
    assert not file(study, series, spine.volume, found)
    assert not list(tmp_path.glob("none/*.dcm"))
