import imagecodecs
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from ctbone import errors
from tests.ingest.stacks import read_folder
from tests.ingest.test_decode import EITHER_2000, JPEG_2000, stored_of, write_compressed

SILENT = {"LossyImageCompression": None}


def noisy(shape=(4, 128, 128), *, seed=0):
    """Air and tissue with noise throughout, which leaves an encoder the least to guess."""
    rng = np.random.default_rng(seed)
    blocks = gaussian_filter(rng.normal(size=shape), (0, 9, 9)) > 0.0
    return np.rint(np.where(blocks, 60.0, -900.0) + rng.normal(0.0, 20.0, shape)).astype(np.int16)


def streams_of(hu, level, **options):
    return [
        bytes(
            imagecodecs.jpeg2k_encode(
                plane, level=level, reversible=True, codecformat="J2K", **options
            )
        )
        for plane in stored_of(hu)
    ]


@pytest.mark.parametrize("level", [80, 70])
def test_a_stream_cut_to_a_rate_is_a_loss(tmp_path, level):
    hu = noisy()
    write_compressed(tmp_path, hu, EITHER_2000, streams=streams_of(hu, level), **SILENT)
    with pytest.raises(errors.LossyCompression, match="file 1 was cut to a rate"):
        read_folder(tmp_path)


@pytest.mark.parametrize("options", [{}, {"resolutions": 1}, {"resolutions": 3}])
def test_whole_streams_of_other_settings_are_read(tmp_path, options):
    hu = noisy()
    write_compressed(tmp_path, hu, EITHER_2000, streams=streams_of(hu, 0, **options), **SILENT)
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), hu)


def test_one_cut_stream_among_the_slices_that_are_looked_at_is_enough(tmp_path):
    hu = noisy()
    streams = streams_of(hu, 0)
    streams[-1] = streams_of(hu, 80)[-1]
    write_compressed(tmp_path, hu, EITHER_2000, streams=streams, **SILENT)
    with pytest.raises(errors.LossyCompression, match="file 4 was cut"):
        read_folder(tmp_path)


def test_a_syntax_that_allows_no_loss_is_believed(tmp_path):
    hu = noisy()
    write_compressed(tmp_path, hu, JPEG_2000, streams=streams_of(hu, 0))
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), hu)
