import json
from dataclasses import dataclass

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.export.plain import as_plain
from ctbone.phantom.tissue import Tissue


@dataclass
class Record:
    level: VertebralLevel
    size: tuple[float, ...]


def test_a_whole_patient_becomes_plain(patient):
    plain = as_plain(patient)
    assert json.loads(json.dumps(plain)) == plain


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Record(VertebralLevel.L1, (1.0, 2.12345678)), {"level": "L1", "size": [1.0, 2.123457]}),
        ({VertebralLevel.T12: None}, {"T12": None}),
        (np.array([[1.23456], [7.0]]), [[1.235], [7.0]]),
        (np.array([3], dtype=np.uint8), [3]),
        (np.float32(0.5), 0.5),
        (Tissue.LIVER, Tissue.LIVER.value),
        (True, True),
    ],
)
def test_values_become_what_json_has(value, plain):
    assert as_plain(value) == plain
