import numpy as np
import pytest

from ctbone.phantom.anatomy.surroundings import on_skin
from ctbone.phantom.tissue import METALS


def test_the_table_lies_behind_the_patient(crowd):
    for patient in crowd:
        back = np.max(patient.torso.skin[1] + patient.torso.skin[2])
        assert patient.table.top_mm - patient.table.mattress_mm > back


def test_tables_are_of_several_kinds(crowd):
    tables = [p.table for p in crowd]
    assert 0.4 < np.mean([t.mattress_mm > 0.0 for t in tables]) < 0.8
    assert 0.05 < np.mean([t.radius_mm > 2000.0 for t in tables]) < 0.4


@pytest.mark.parametrize("angle", [-1.4, -0.3, 0.0, 0.8, 3.1])
def test_places_on_the_skin_lie_on_its_outline(patient, angle):
    torso = patient.torso
    x, y, z = on_skin(torso, angle, 40.0, 0.0)
    half, middle, deep, off = (np.interp(z, torso.heights_mm, row) for row in torso.skin)
    across, along = (x - off) / half, (y - middle) / deep
    assert across**2 + along**2 - torso.squareness * (across * along) ** 2 == pytest.approx(1.0)
    assert np.sign(y - middle) == -np.sign(np.cos(angle))


def test_some_wear_metal_and_most_do_not(crowd):
    wearing = [any(t.tissue in METALS for t in p.attachments.threads) for p in crowd]
    assert 0.15 < np.mean(wearing) < 0.6
    assert any(p.attachments.lumens for p in crowd)
