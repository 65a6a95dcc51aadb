import numpy as np
import pytest

from ctbone.errors import NotHounsfield
from ctbone.ingest.hounsfield import require_hounsfield

RNG = np.random.default_rng(5)
SHAPE = (12, 40, 40)


def tissue(mean, sd):
    return RNG.normal(mean, sd, SHAPE)


def with_metal():
    hu = tissue(40, 20)
    hu[:, :6, :6] = 12000
    return hu


def crop_out_of_field():
    hu = tissue(60, 25)
    hu[:, 10:] = -3024
    return hu


CT = {
    "soft tissue": tissue(40, 20),
    "lung": tissue(-850, 40),
    "vertebra": tissue(180, 120),
    "smooth fat and muscle": np.where(tissue(0, 1) > 0, -95.0, 55.0),
    "metal": with_metal(),
    "mostly out of the field": crop_out_of_field(),
    "head": np.concatenate([tissue(-1000, 3), tissue(25, 5), tissue(900, 200)]),
}
NOT_CT = {
    "constant": np.full(SHAPE, 40.0),
    "mask": (tissue(0, 1) > 1).astype(float),
    "label map": np.where(tissue(0, 1) > 1, 20.0, 0.0) + np.where(tissue(0, 1) > 1.5, 70.0, 0.0),
    "raw values without offset": tissue(1064, 60).clip(0),
    "MR": abs(tissue(300, 200)),
    "picture": tissue(128, 40).clip(0, 255),
    "standardised": tissue(0, 1),
    "unit range": tissue(0, 0.4).clip(-1, 1),
    "beyond 12 bits": tissue(20000, 20000),
    "below any field": tissue(-20000, 500),
    "not finite": np.where(tissue(0, 1) > 3, np.nan, tissue(40, 20)),
}


@pytest.mark.parametrize("name", CT)
def test_ct_passes(name):
    require_hounsfield(CT[name].astype(np.float32))


@pytest.mark.parametrize("name", NOT_CT)
def test_what_cannot_be_ct_is_refused(name):
    with pytest.raises(NotHounsfield, match=r"expected|must be finite"):
        require_hounsfield(NOT_CT[name].astype(np.float32))
