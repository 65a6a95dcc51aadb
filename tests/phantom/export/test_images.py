"""Pixels and geometry, read by another reader than ctbone's."""

import csv

import numpy as np
import pytest
import SimpleITK

from ctbone.anatomy import VertebralLevel
from tests.phantom.export.conftest import objects_of


@pytest.fixture(scope="module")
def by_series(everything):
    found = {}
    for path, header in objects_of(everything.out / "export"):
        found.setdefault(header.SeriesInstanceUID, {})[header.SOPInstanceUID] = (path, header)
    return {uid: list(copies.values()) for uid, copies in found.items()}


def stack_of(files):
    """Read the slices of a series in the order of their positions along their normal.

    SimpleITK before 2.5 takes that for the direction in which they follow each other.
    """
    rows, columns = np.reshape(files[0][1].ImageOrientationPatient, (2, 3)).astype(float)
    normal = np.cross(rows, columns)
    files = sorted(files, key=lambda one: normal @ np.asarray(one[1].ImagePositionPatient, float))
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames([str(path) for path, _ in files])
    return reader.Execute()


def test_labels_lie_on_the_bodies_of_every_axial_series(everything, truths, by_series):
    with (everything.out / "masks.csv").open(newline="") as file:
        masks = {row["series_uid"]: row for row in csv.DictReader(file)}
    checked = 0
    for truth in truths.values():
        for series in truth["series"]:
            image = stack_of(by_series[series["series_uid"]])
            row = masks[series["series_uid"]]
            assert row["numbering"] == "ctbone"
            labels = SimpleITK.ReadImage(str(everything.out / row["mask"]))
            whole = SimpleITK.ReadImage(
                str(everything.out / row["mask"].replace("masks", "vertebrae"))
            )
            for found in (labels, whole):
                assert np.allclose(found.GetOrigin(), image.GetOrigin(), atol=1e-3)
                assert np.allclose(found.GetSpacing(), image.GetSpacing(), atol=1e-4)
                assert np.allclose(found.GetDirection(), image.GetDirection(), atol=1e-5)
                assert found.GetSize() == image.GetSize()
            painted = set(np.unique(SimpleITK.GetArrayViewFromImage(labels)).tolist())
            assert painted <= {0, *VertebralLevel}
            for vertebra in series["vertebrae"]:
                if vertebra["is_whole"] and vertebra["level"] in ("L1", "L2", "L3"):
                    index = image.TransformPhysicalPointToIndex(vertebra["centroid_mm"])
                    assert labels[index] == VertebralLevel[vertebra["level"]]
                    assert -60 < image[index] < 900
                    checked += 1
    assert checked >= 20


def test_values_rescale_to_the_same_tissue_for_every_maker(by_series):
    """Air is air, and what is outside the circle is padding, whatever the encoding."""
    makers = set()
    for files in by_series.values():
        path, header = files[len(files) // 2]
        if "AXIAL" not in header.get("ImageType", ()):
            continue
        hu = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0].astype(int)
        assert hu[0, 0] == header.PixelPaddingValue + header.RescaleIntercept
        assert hu[0, 0] <= -1024
        assert -1100 <= hu[4, header.Columns // 2] < -880
        assert -250 < hu[header.Rows // 2, header.Columns // 2] < 1500
        makers.add(header.Manufacturer)
    assert len(makers) == 4


def test_reformats_show_what_the_axial_series_shows_in_the_same_place(truths, by_series):
    planes = set()
    for truth in truths.values():
        own = [f for f in by_series.values() if f[0][1].StudyInstanceUID == truth["study_uid"]]
        files = [found for found in own if "MPR" in found[0][1].SeriesDescription]
        if not files:
            continue
        (found,) = files
        assert found[0][1].ImageType[:2] == ["DERIVED", "SECONDARY"]
        plane = truth["extras"]["reformat"]
        planes.add(plane)
        reformat = stack_of(found)
        axial = stack_of(by_series[truth["series"][0]["series_uid"]])
        same = SimpleITK.Resample(
            axial, reformat, SimpleITK.Transform(), SimpleITK.sitkLinear, -5000
        )
        first, second = (SimpleITK.GetArrayFromImage(x).astype(float) for x in (reformat, same))
        is_inside = (second > -950) & (first > -950)
        assert is_inside.mean() > 0.2
        assert abs(first - second)[is_inside].mean() < 0.3 * first[is_inside].std()
        assert np.corrcoef(first[is_inside], second[is_inside])[0, 1] > 0.97
    assert planes == {"sagittal", "coronal"}


def test_localizers_stand_where_the_patient_lies_head_up(truths, by_series):
    views = set()
    for files in by_series.values():
        for path, header in files:
            if "LOCALIZER" not in header.get("ImageType", ()):
                continue
            lateral = [int(x) for x in header.ImageOrientationPatient] == [0, 1, 0, 0, 0, -1]
            views.add(lateral)
            truth = truths[header.StudyInstanceUID]
            assert len(files) == 1 + truth["extras"]["has_lateral"]
            top = float(header.ImagePositionPatient[2])
            bottom = top - header.Rows * float(header.PixelSpacing[0])
            (l2,) = [v for v in truth["levels"] if v["level"] == "L2"]
            assert bottom < l2["superior_mm"] < top
            image = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0]
            assert image[:, header.Columns // 2].mean() > image[:, 2].mean() + 500.0
    assert views == {True, False}


def test_instances_are_numbered_in_the_direction_of_the_scan(truths, by_series):
    for truth in truths.values():
        files = by_series[truth["series"][0]["series_uid"]]
        files = sorted(files, key=lambda pair: int(pair[1].InstanceNumber))
        heights = np.array([float(header.SliceLocation) for _, header in files])
        downwards = truth["position"] == "HFS"
        assert np.allclose(np.diff(heights), -4.0 if downwards else 4.0)
        times = [float(header.AcquisitionTime) for _, header in files]
        assert times == sorted(times)
