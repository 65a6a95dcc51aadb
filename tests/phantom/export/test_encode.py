from dataclasses import replace

import numpy as np
import pydicom
import pytest

from ctbone.phantom import SimulateConfig
from ctbone.phantom.export.encode import CT_IMAGE, Image, write_image
from ctbone.phantom.export.simulate import write_patient
from tests.phantom.export.conftest import SITES, SMALL, files_of

LOSSLESS = ("rle", "jpegls", "jpeg", "jpeg2000")


@pytest.fixture(scope="module", params=SITES, ids=lambda site: site.maker)
def slices(request, tmp_path_factory):
    """Some slices of a scan of each maker, as it writes them."""
    out = tmp_path_factory.mktemp("plain")
    site = replace(request.param, layout="series", slice_thicknesses_mm=(5.0,))
    config = SimulateConfig(out=out, seed=1, sites=(site,), second_series_fraction=0.0,
                            compressed_fraction=0.0, **SMALL)  # fmt: skip
    (study,) = write_patient(config, 0)
    return [pydicom.dcmread(path) for path in files_of(out / study.row.path / "SE000002")[:3]]


@pytest.mark.parametrize("compression", LOSSLESS)
def test_lossless_compression_loses_nothing(slices, compression, tmp_path):
    for expected in slices:
        values = expected.pixel_array
        copy = pydicom.dcmread(expected.filename, stop_before_pixels=True)
        write_image(Image(copy, values), tmp_path / "file", compression=compression)
        found = pydicom.dcmread(tmp_path / "file")
        assert found.file_meta.TransferSyntaxUID.is_compressed
        assert found.PixelRepresentation == expected.PixelRepresentation
        assert np.array_equal(_decoded(found), values)
        assert "LossyImageCompression" not in found


def _decoded(dataset):
    """Decode by imagecodecs where pydicom has no plugin of its own installed."""
    import imagecodecs

    frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    decode = {
        "1.2.840.10008.1.2.5": lambda data: dataset.pixel_array,
        "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_decode,
        "1.2.840.10008.1.2.4.70": imagecodecs.jpeg_decode,
        "1.2.840.10008.1.2.4.90": imagecodecs.jpeg2k_decode,
        "1.2.840.10008.1.2.4.91": imagecodecs.jpeg2k_decode,
    }[dataset.file_meta.TransferSyntaxUID]
    kind = np.int16 if dataset.PixelRepresentation else np.uint16
    return np.asarray(decode(frame)).view(kind)


def test_lossy_compression_loses_little_and_says_so(slices, tmp_path):
    copy = pydicom.dcmread(slices[0].filename, stop_before_pixels=True)
    values = slices[0].pixel_array
    write_image(Image(copy, values), tmp_path / "file", compression="lossy_jpeg2000")
    found = pydicom.dcmread(tmp_path / "file")
    assert found.LossyImageCompression == "01"
    error = _decoded(found).astype(float) - values
    assert 0.0 < np.sqrt((error**2).mean()) < 15.0


def test_only_ct_images_are_compressed(slices, tmp_path):
    copy = pydicom.dcmread(slices[0].filename, stop_before_pixels=True)
    copy.SOPClassUID = CT_IMAGE + ".1"
    write_image(Image(copy, slices[0].pixel_array), tmp_path / "file", compression="jpegls")
    assert not pydicom.dcmread(tmp_path / "file").file_meta.TransferSyntaxUID.is_compressed
