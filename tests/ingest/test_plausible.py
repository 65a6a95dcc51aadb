import re
import resource

import numpy as np
import pytest

from ctbone.errors import IrregularGeometry, NoEligibleSeries, Reason
from ctbone.ingest import SeriesRule, index_export, select_series
from ctbone.ingest.plausible import require_plausible_length, require_plausible_plane
from tests.ingest.stacks import body, read_folder, write_stack
from tests.ingest.test_nifti import write_nifti

RULE = SeriesRule()
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@pytest.mark.parametrize("mm", [5e-5, 0.09, 5.1, 8.0, 30.0, 100.0, 1e6])
def test_pixels_of_no_ct_are_refused_by_their_header(tmp_path, mm):
    write_stack(tmp_path, body((40, 12, 10)), PixelSpacing=[mm, mm])
    (study,) = index_export(tmp_path, key=b"")
    with pytest.raises(NoEligibleSeries, match=r"pixels of a CT are 0\.1 to 5 mm") as caught:
        select_series(study, rule=RULE)
    assert caught.value.reason is Reason.IRREGULAR_GEOMETRY
    with pytest.raises(IrregularGeometry, match=r"pixels of a CT"):
        read_folder(tmp_path)


def test_the_limits_themselves_are_plausible():
    require_plausible_plane((0.1, 5.0), (10, 10), name="it")
    require_plausible_plane((1.0, 2.5), (1000, 1000), name="it")
    require_plausible_plane((2.5, 1.0), (1000, 1000), name="it")
    require_plausible_length(2500.0, name="it")


@pytest.mark.parametrize(
    ("spacing_mm", "shape", "message"),
    [
        ((0.09, 1.0), (10, 10), "are 0.1 to 5 mm wide, those of it are 0.09 x 1 mm"),
        ((1.0, 5.1), (10, 10), "are 0.1 to 5 mm wide, those of it are 1 x 5.1 mm"),
        ((1.0, 1.0), (1001, 1002), "at most 1000 x 2500 mm large, that of it is 1001 x 1002 mm"),
        ((1.0, 2.0), (10, 1251), "at most 1000 x 2500 mm large, that of it is 10 x 2502 mm"),
    ],
)
def test_what_lies_just_beyond_a_limit_is_told(spacing_mm, shape, message):
    with pytest.raises(IrregularGeometry, match=re.escape(message)):
        require_plausible_plane(spacing_mm, shape, name="it")
    with pytest.raises(IrregularGeometry, match=r"at most 2500 mm long, that of it is 2501 mm"):
        require_plausible_length(2501.0, name="it")


@pytest.mark.parametrize("mm", [0.1, 0.2, 0.98, 3.1875, 4.0, 5.0])
def test_pixels_of_any_ct_are_read(tmp_path, mm):
    hu = body((3, 12, 10))
    found = read_folder(write_stack(tmp_path, hu, PixelSpacing=[mm, mm]))
    assert found.spacing_mm[:2] == pytest.approx((mm, mm))


@pytest.mark.parametrize("shape", [(512, 512), (1001, 1001), (100, 2501), (2501, 100)])
def test_a_field_larger_than_any_gantry_is_refused(shape):
    spacing = (2.0, 2.0) if shape == (512, 512) else (1.0, 1.0)
    with pytest.raises(IrregularGeometry, match="a slice is at most 1000 x 2500 mm"):
        require_plausible_plane(spacing, shape, name="it")


@pytest.mark.parametrize("shape", [(512, 512), (512, 2000), (2000, 512)])
def test_fields_of_axial_and_coronal_slices_are_plausible(shape):
    require_plausible_plane((0.98, 0.98), shape, name="it")


def test_a_stack_longer_than_any_table_is_refused(tmp_path):
    write_stack(tmp_path, body((12, 12, 10)), spacing_mm=(0.9, 0.7, 230.0))
    with pytest.raises(IrregularGeometry, match="a stack is at most 2500 mm long"):
        read_folder(tmp_path)


def test_a_tilt_that_would_fill_the_memory_is_refused(tmp_path):
    hu = body((40, 12, 10))
    write_stack(tmp_path, hu, spacing_mm=(0.1, 0.1, 50.0), drift_mm=(0.0, 25.0))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(IrregularGeometry, match="at most 4 times as large"):
        read_folder(tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@pytest.mark.parametrize("scale", [(8.0, 8.0, 2.0), (0.01, 1.0, 1.0), (1.0, 1.0, 300.0)])
def test_nifti_of_no_patient_is_refused(tmp_path, scale):
    affine = LPS @ np.diag([*scale, 1.0])
    write_nifti(tmp_path / "a.nii", body((20, 20, 20)), affine=affine)
    with pytest.raises(IrregularGeometry, match=r"at most|pixels of a CT"):
        read_folder(tmp_path)
    (study,) = index_export(tmp_path, key=b"")
    with pytest.raises(NoEligibleSeries) as caught:
        select_series(study, rule=RULE)
    assert caught.value.reason is Reason.IRREGULAR_GEOMETRY
