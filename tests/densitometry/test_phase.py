from types import SimpleNamespace

import pytest

from ctbone.densitometry import phase_of


@pytest.mark.parametrize(
    ("description", "phase"),
    [
        ("lumbar portal venous 2.5 Br38", "portal_venous"),
        ("ABD ven\u00f6s 3.0", "portal_venous"),
        ("THORAX_ARTERIELL 1.0", "arterial"),
        ("CTA Aorta", "arterial"),
        ("Abdomen delayed 5min", "excretory"),
        ("arterial + portal venous", None),
        ("lumbar 2.5 Br38", None),
        ("Late arterial", None),
        ("part of the party", None),
        ("", None),
    ],
)
def test_a_description_is_believed_where_it_names_one_phase(description, phase):
    assert phase_of(SimpleNamespace(description=description)) == phase
