"""What is refused and what is corrected, by one rule wherever a series is measured."""

from dataclasses import replace
from pathlib import Path

import pytest

from ctbone.densitometry import Acceptance, Correction, DomainConfig, load_named
from ctbone.errors import OutOfDomain
from ctbone.records import Flag

from .test_scanner import make_series

TABLE = load_named(Path("pompe2015_aapm2026"), Correction)
ANY = DomainConfig(minimum_kvp=0.0)


def test_a_series_out_of_the_domain_is_refused_unless_a_line_was_made_there():
    made = make_series(kvp=80.0)
    with pytest.raises(OutOfDomain, match="found a series made at 80 kV"):
        Acceptance().require(made)
    Acceptance().require(made, calibrated_kvp=80.0)
    Acceptance(domain=ANY).require(made)


def test_a_series_that_cannot_be_corrected_is_refused_before_it_is_read():
    with pytest.raises(OutOfDomain, match="pompe2015_aapm2026 holds for"):
        Acceptance(domain=ANY, correction=TABLE).require(make_series(kvp=75.0))


def test_attenuation_is_brought_where_it_is_wanted():
    made = make_series(kvp=100.0)
    assert Acceptance().correct(made).flags == ()
    accepts = Acceptance(correction=TABLE)
    assert accepts.correct(made).ratio == TABLE.ratio_by_kvp[100]
    assert accepts.correct(made, wanted_kvp=100.0).ratio == 1.0


def test_a_phase_is_assumed_where_the_header_tells_none():
    made = replace(make_series(), contrast=True)
    assert Flag.CONTRAST_UNCORRECTED in Acceptance(correction=TABLE).correct(made).flags
    assumed = Acceptance(correction=TABLE, assumed_phase="portal_venous")
    assert assumed.correct(made).rise_hu == TABLE.rise_hu_by_phase["portal_venous"]
