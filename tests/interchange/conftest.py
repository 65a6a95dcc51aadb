"""One study that was screened and one that was rejected."""

from __future__ import annotations

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.records import (
    BmdEstimate,
    BoneCategory,
    Decision,
    Flag,
    Rejection,
    ScreeningResult,
    VertebraLocalisation,
)


@pytest.fixture
def rejected():
    return Rejection(
        study_uid="1.2.9",
        patient_id="p2",
        reason=Reason.NOT_CT,
        detail='expected CT, found "MR"; nothing else,\nreally',
        stage="select",
        seconds=0.1,
    )


@pytest.fixture
def screened():
    vertebra = VertebraLocalisation(
        level=VertebralLevel.L1,
        centroid_mm=(1.0, -2.0, 3.5),
        axes=np.eye(3),
        confidence=0.9,
        body=None,
        is_whole=True,
    )
    decision = Decision(
        category=BoneCategory.OSTEOPENIA,
        quantity="bmd_mg_cm3",
        value=101.0,
        bmd_mg_cm3=101.0,
        lower_mg_cm3=90.0,
        upper_mg_cm3=112.0,
        probabilities=(0.1, 0.7, 0.2),
        indeterminate=False,
        flags=(),
        rule="test",
    )
    return ScreeningResult(
        study_uid="1.2.3",
        patient_id="p1",
        series_uid="1.2.3.4",
        vertebrae=(vertebra,),
        estimates=(
            BmdEstimate(level=VertebralLevel.L1, trabecular_hu=120.0, bmd_mg_cm3=100.0),
            BmdEstimate(level=VertebralLevel.L2, trabecular_hu=130.0, bmd_mg_cm3=102.0),
        ),
        decision=decision,
        flags=(Flag.CONTRAST_UNKNOWN, Flag.KVP_UNKNOWN),
        model="hu_line",
        seconds=1.23456789,
    )
