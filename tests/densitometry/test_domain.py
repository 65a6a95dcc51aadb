from types import SimpleNamespace

import pytest

from ctbone.densitometry import DomainConfig, require_domain
from ctbone.errors import OutOfDomain, Reason
from ctbone.records import Flag

SHIPPED = DomainConfig()


def series(kvp=120.0, flags=()):
    return SimpleNamespace(kvp=kvp, flags=flags)


@pytest.mark.parametrize("kvp", [None, 90.0, 100.0, 120.0, 140.0])
def test_usual_and_unknown_potentials_are_measured(kvp):
    require_domain(series(kvp), domain=SHIPPED)


@pytest.mark.parametrize("calibrated_kvp", [None, 120.0])
def test_80_kv_is_refused_without_a_calibration_made_at_it(calibrated_kvp):
    expected = "expected 90 kV or more, or a calibration made at 80 kV, found a series made at 80"
    with pytest.raises(OutOfDomain, match=expected) as fault:
        require_domain(series(80.0), domain=SHIPPED, calibrated_kvp=calibrated_kvp)
    assert fault.value.reason is Reason.KVP_OUT_OF_DOMAIN


def test_80_kv_is_measured_by_its_own_line_or_where_it_is_asked_for():
    require_domain(series(80.0), domain=SHIPPED, calibrated_kvp=80.0)
    require_domain(series(80.0), domain=DomainConfig(minimum_kvp=0.0))


def test_a_sharp_kernel_is_refused_unless_it_is_asked_for():
    sharp = series(flags=(Flag.CONTRAST_UNKNOWN, Flag.BONE_KERNEL))
    with pytest.raises(OutOfDomain, match=r"soft-tissue kernel, found .* sharp") as fault:
        require_domain(sharp, domain=SHIPPED)
    assert fault.value.reason is Reason.KERNEL_OUT_OF_DOMAIN
    require_domain(sharp, domain=DomainConfig(sharp_kernels=True))
    require_domain(series(flags=(Flag.KERNEL_UNKNOWN,)), domain=SHIPPED)


def test_a_potential_is_not_negative():
    with pytest.raises(ValueError, match="minimum_kvp must not be negative, got nan"):
        DomainConfig(minimum_kvp=float("nan"))
