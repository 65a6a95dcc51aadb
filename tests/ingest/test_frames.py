"""Multi-frame CT whose phases, kernels and regions stand in its functional groups."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ctbone.errors import NoEligibleSeries, Reason
from ctbone.ingest import SeriesRule, index_export, read_study, select_series
from ctbone.records import Flag
from tests.ingest.conftest import write_slice
from tests.ingest.stacks import body, write_stack

RULE = SeriesRule()
TOP = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
       "RescaleSlope", "RescaleIntercept", "KVP", "ConvolutionKernel")  # fmt: skip


def groups(**macros):
    """Return functional groups: the attributes of one item for each macro."""
    made = Dataset()
    for name, values in macros.items():
        item = Dataset()
        for attribute, value in values.items():
            setattr(item, attribute, value)
        setattr(made, name, [item])
    return made


def write_enhanced(path, phases, *, told=True, region=None, kernel="Br59", kind=None, **tags):
    """Write one file with a phase after the other."""
    frames = [
        groups(
            PlanePositionSequence={"ImagePositionPatient": [0, 0, 2.5 * k]},
            FrameContentSequence={"TemporalPositionIndex": n + 1} if told else {"StackID": "1"},
        )
        for n, hu in enumerate(phases)
        for k in range(len(hu))
    ]
    shared = groups(
        PlaneOrientationSequence={"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
        PixelMeasuresSequence={"PixelSpacing": [0.7, 0.9], "SliceThickness": 2.5},
        PixelValueTransformationSequence={"RescaleSlope": 1, "RescaleIntercept": -1024},
        CTXRayDetailsSequence={"KVP": 100.0},
        CTReconstructionSequence={"ConvolutionKernel": kernel},
    )
    if kind:
        shared.update(groups(CTImageFrameTypeSequence={"FrameType": kind}))
    if region:
        code = Dataset()
        code.CodeMeaning = region
        shared.update(groups(FrameAnatomySequence={"AnatomicRegionSequence": [code]}))
    pixels = np.concatenate(phases).astype("<i2") + 1024
    return write_slice(
        path,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1",
        NumberOfFrames=len(frames),
        Rows=pixels.shape[1],
        Columns=pixels.shape[2],
        PixelData=pixels.tobytes(),
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
        **dict.fromkeys(TOP),
        **tags,
    )


def study_of(folder):
    (study,) = index_export(folder, key=b"")
    return study


@pytest.mark.parametrize("told", [True, False])
def test_one_of_two_phases_is_read(tmp_path, told):
    phases = [body((20, 12, 10), seed=n) for n in range(2)]
    write_enhanced(tmp_path / "x", phases, told=told)
    series, volume = read_study(study_of(tmp_path), rule=RULE)
    np.testing.assert_array_equal(volume.hu.transpose(2, 1, 0), phases[0])
    assert Flag.STACK_CHOSEN in series.flags


def test_kernel_and_tube_potential_stand_in_the_groups(tmp_path):
    write_enhanced(tmp_path / "x", [body((20, 12, 10))])
    series = select_series(study_of(tmp_path), rule=RULE)
    assert (series.kernel, series.kvp) == ("Br59", 100.0)
    assert set(series.flags) >= {Flag.BONE_KERNEL, Flag.KVP_NOT_120}
    assert Flag.MIXED_ACQUISITION not in series.flags


def test_a_kernel_of_several_values_reads_as_in_single_frames(tmp_path):
    kernel = ["Br38f", "3"]
    write_enhanced(tmp_path / "multi" / "x", [body((20, 12, 10))], kernel=kernel)
    write_stack(tmp_path / "single", body((40, 12, 10)), ConvolutionKernel=kernel)
    found = [select_series(study_of(tmp_path / name), rule=RULE) for name in ("multi", "single")]
    assert [series.kernel for series in found] == ["Br38f\\3"] * 2
    assert not any(set(series.flags) & {Flag.KERNEL_UNKNOWN, Flag.BONE_KERNEL} for series in found)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("LOCALIZER", ("LOCALIZER",)), (["ORIGINAL", "PRIMARY"], ("ORIGINAL", "PRIMARY"))],
)
def test_types_of_frames_are_words(tmp_path, kind, expected):
    write_enhanced(tmp_path / "x", [body((20, 12, 10))], kind=kind)
    (series,) = study_of(tmp_path).series
    assert {item.image_type for item in series.slices} == {expected}


def test_a_frame_of_the_head_is_not_the_torso(tmp_path):
    write_enhanced(tmp_path / "x", [body((20, 12, 10))], region="Head")
    with pytest.raises(NoEligibleSeries) as caught:
        select_series(study_of(tmp_path), rule=RULE)
    assert caught.value.reason is Reason.NOT_TORSO


def test_an_agent_in_a_sequence_is_told(tmp_path):
    agent = Dataset()
    agent.CodeMeaning = "Iohexol"
    write_enhanced(tmp_path / "x", [body((20, 12, 10))], ContrastBolusAgentSequence=[agent])
    series = select_series(study_of(tmp_path), rule=RULE)
    assert series.contrast is True
