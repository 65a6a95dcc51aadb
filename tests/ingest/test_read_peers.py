"""Every regular series of the real data, against other readers, voxel for voxel."""

import shutil
import subprocess

import nibabel
import numpy as np
import pytest
import SimpleITK

from ctbone.ingest import index_export, read_volume
from ctbone.ingest.geometry import stack_geometry
from ctbone.volume import CTVolume, reorient

REGULAR = {
    "CRLM-CT-1004": 41,
    "dcmqi_ct-3slice": 3,
    "dcmqi_24x38x3_enhanced_pair/image": 3,
    "negative_STS_001_thigh": 59,
    "totalseg_dicom_j2k": 20,
}


@pytest.fixture(params=REGULAR)
def real(request, shared_data):
    """The folder of a real series, its record and its volume."""
    folder = shared_data / "ct" / request.param
    (study,) = index_export(folder, key=b"test")
    (series,) = (s for s in study.series if len(s.slices) == REGULAR[request.param])
    return folder, series, read_volume(series, check_unit=False)


def assert_same(ours: CTVolume, theirs: CTVolume):
    """Compare both in the same orientation."""
    ours, theirs = reorient(ours), reorient(theirs)
    np.testing.assert_array_equal(ours.hu, theirs.hu)
    np.testing.assert_allclose(ours.affine, theirs.affine, atol=2e-3)


def test_simpleitk_reads_the_same(real):
    _, series, volume = real
    order = stack_geometry(series.slices).order
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames([str(series.slices[k].path) for k in order])
    image = reader.Execute()
    affine = np.eye(4)
    directions = np.reshape(image.GetDirection(), (3, 3))
    affine[:3, :3] = directions * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    hu = SimpleITK.GetArrayFromImage(image).astype(np.int16).transpose(2, 1, 0)
    assert_same(volume, CTVolume(hu=hu, affine=affine, series_uid=""))


def test_dcm2niix_reads_the_same(real, tmp_path):
    if shutil.which("dcm2niix") is None:
        pytest.skip("dcm2niix is not installed")
    _, series, volume = real
    for item in series.slices:
        (tmp_path / f"{item.number}.dcm").symlink_to(item.path)
    out = tmp_path / "out"
    out.mkdir()
    command = ["dcm2niix", "-z", "n", "-b", "n", "-m", "y", "-o", str(out), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = out.glob("*.nii")
    image = nibabel.load(path)
    hu = np.asarray(image.dataobj).astype(np.int16)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    assert_same(volume, CTVolume(hu=hu, affine=affine, series_uid=""))
