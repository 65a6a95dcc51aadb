from dataclasses import replace

import numpy as np
import pytest

from ctbone.ingest.padding import metal_padding
from ctbone.records import Flag
from tests.ingest.conftest import ENCODING
from tests.ingest.stacks import body, read_folder, write_stack

UNSIGNED = replace(ENCODING, is_signed=False)


def write_padded(folder, hu, padding, **tags):
    """Write unsigned slices whose first rows are padding."""
    stored = (hu.astype(int) + 1024).astype("<u2")
    stored[:, :4] = padding
    return write_stack(
        folder,
        hu,
        PixelRepresentation=0,
        PixelData=lambda k: stored[k].tobytes(),
        **tags,
    )


@pytest.mark.parametrize("padding", [65535, 63536, 6000])
def test_padding_above_any_metal_becomes_air(tmp_path, padding):
    hu = body((6, 12, 10))
    volume = read_folder(write_padded(tmp_path, hu, padding, PixelPaddingValue=padding))
    hu[:, :4] = -1024
    np.testing.assert_array_equal(volume.hu.transpose(2, 1, 0), hu)
    assert volume.hu.dtype == np.int16
    assert volume.flags == (Flag.PADDING_REPLACED,)


def test_a_range_of_padding_is_replaced_whole(tmp_path):
    hu = body((6, 12, 10))
    tags = {"PixelPaddingValue": 65535, "PixelPaddingRangeLimit": 64000}
    volume = read_folder(write_padded(tmp_path, hu, 64001, **tags))
    hu[:, :4] = -1024
    np.testing.assert_array_equal(volume.hu.transpose(2, 1, 0), hu)


@pytest.mark.parametrize("padding", [0, 4095, 5119])
def test_other_padding_stays_as_stored(tmp_path, padding):
    hu = body((6, 12, 10))
    write_padded(tmp_path, hu, padding, PixelPaddingValue=padding)
    volume = read_folder(tmp_path, check_unit=False)
    hu[:, :4] = padding - 1024
    np.testing.assert_array_equal(volume.hu.transpose(2, 1, 0), hu)
    assert volume.flags == ()


def test_signed_padding_below_air_stays_as_stored(tmp_path):
    hu = body((6, 12, 10))
    hu[:, :4] = -3024
    volume = read_folder(write_stack(tmp_path, hu, PixelPaddingValue=-2000))
    np.testing.assert_array_equal(volume.hu.transpose(2, 1, 0), hu)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, None),
        ({"padding": 65535}, (65535, 65535)),
        ({"padding": 65535, "bits_stored": 12}, None),
        ({"padding": 65535, "padding_limit": 3000}, None),
        ({"padding": 65535, "rescale_slope": None}, None),
        ({"padding": 65535, "rescale_intercept": -65535.0}, None),
    ],
)
def test_only_what_looks_like_metal_is_replaced(values, found):
    assert metal_padding(replace(UNSIGNED, **values)) == found
