"""Nothing that is read can make the reader execute it."""

import json
import pickle
from pathlib import Path

import pytest

from ctbone.cli import main
from ctbone.errors import WeightsMismatch
from ctbone.estimation import HeadCalibration, read_model, write_model
from ctbone.interchange.model_record import joint_digest, sealed
from ctbone.localisation import load_locator
from ctbone.mappings import read_mapping
from ctbone.runs import file_digest
from tests.estimation.heads import small_head


class Payload:
    """What touches a file when it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


@pytest.fixture
def trace(tmp_path):
    return tmp_path / "trace"


@pytest.fixture
def pickled(trace):
    """Bytes that touch the file when they are unpickled."""
    content = pickle.dumps(Payload(trace))
    pickle.loads(content)  # noqa: S301 - our own
    assert trace.exists()
    trace.unlink()
    return content


def test_a_pickle_that_is_called_safetensors_is_refused(tmp_path, trace, pickled):
    write_model(tmp_path / "model", small_head(calibration=HeadCalibration(sd_patients=3)))
    (weights,) = (tmp_path / "model").glob("*.safetensors")
    weights.write_bytes(pickled)
    with pytest.raises(WeightsMismatch):
        read_model(tmp_path / "model")
    # With every digest as it should be, so that the file itself is looked at.
    digest, record = file_digest(weights), tmp_path / "model" / "model.json"
    known = json.loads(record.read_text())
    known["weights"] = [{"file": weights.name, "sha256": digest}]
    known["weights_sha256"] = joint_digest([digest])
    known.pop("sha256", None)
    record.write_text(json.dumps(sealed(known)))
    with pytest.raises(WeightsMismatch, match="safetensors"):
        read_model(tmp_path / "model")
    assert not trace.exists()


def test_weights_of_a_localiser_are_no_pickle(tmp_path, trace, pickled):
    (tmp_path / "localiser.safetensors").write_bytes(pickled)
    (tmp_path / "localiser.json").write_text("{}")
    with pytest.raises((WeightsMismatch, ValueError)):
        load_locator(tmp_path / "localiser.safetensors")
    assert not trace.exists()


@pytest.mark.parametrize("tag", ["object/apply:pathlib.Path", "object/new:pathlib.Path"])
def test_yaml_makes_no_object(tmp_path, trace, tag, capsys):
    path = tmp_path / "config.yaml"
    path.write_text(
        f"export: !!python/object/apply:os.mkdir ['{trace}']\nout: !!python/{tag} [x]\n"
    )
    with pytest.raises(ValueError, match="is not YAML"):
        read_mapping(path)
    with pytest.raises(SystemExit):
        main(["index", "--config", str(path)])
    assert "is not YAML" in capsys.readouterr().err
    assert not trace.exists()
