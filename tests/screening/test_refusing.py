import json
import pickle
from dataclasses import asdict, replace

import pytest

from ctbone.attempts import Failure, rejected
from ctbone.errors import Reason
from ctbone.records import Flag
from ctbone.rules import shipped_rule
from ctbone.screening import ScreenConfig
from ctbone.screening import opening as opening_module
from ctbone.screening.opening import open_pipeline
from ctbone.screening.refusing import Refusing
from tests.privacy.planting import write_screened

from .fakes import Told, study
from .test_batch import FakeShow

REJECTION = rejected(study(), Failure(Reason.TIME_LIMIT, "too long"), stage="read", seconds=1.0)


def test_a_rejection_carries_what_showing_and_delivering_it_say(tmp_path):
    refuse = Refusing(show=FakeShow(Flag.PICTURE_FAILED), deliver=Told(tmp_path))
    assert refuse(study(), REJECTION).flags == (Flag.PICTURE_FAILED, Flag.DELIVERY_FAILED)
    assert Refusing()(study(), REJECTION) == REJECTION


@pytest.mark.parametrize(("given", "is_told"), [("trabecular_hu", True), ("binary", False)])
def test_the_opening_tells_the_rule_that_classes(tmp_path, monkeypatch, given, is_told):
    ours = replace(shipped_rule("hu_l1"), name="ours", osteoporosis_below=100.0)
    (tmp_path / "ours.yaml").write_text(json.dumps(asdict(ours)))
    monkeypatch.setattr(opening_module, "quantity_given", lambda *_, **__: given)
    config = ScreenConfig(
        export=tmp_path / "export",
        masks=write_screened(tmp_path),
        out=tmp_path / "out",
        rule=tmp_path / "ours.yaml",
        levels=("L1", "L2"),
    )
    assert open_pipeline(config).opening.rule == (ours if is_told else None)


@pytest.mark.parametrize("pictures", [True, False])
def test_what_is_left_of_lost_studies_travels_with_the_opening(tmp_path, pictures):
    config = ScreenConfig(
        export=tmp_path / "export",
        masks=write_screened(tmp_path),
        out=tmp_path / "out",
        deliver=("fhir",),
        deliver_rejected=True,
        levels=("L1", "L2"),
        pictures=pictures,
    )
    _, opening = open_pipeline(config)
    assert pickle.loads(pickle.dumps(opening)) == opening  # noqa: S301 - our own
    old = config.out / "pictures" / "1.2.3.png"
    old.parent.mkdir(parents=True)
    old.touch()
    assert opening.refuse(study(), REJECTION) == REJECTION
    assert [path.name for path in config.out.rglob("*") if path.is_file()] == ["1.2.3.json"]
