import pytest

from ctbone.devices import resolve_device


@pytest.mark.parametrize(
    ("wanted", "has_gpu", "device"),
    [
        ("auto", True, "cuda"),
        ("auto", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_auto_takes_a_gpu_where_there_is_one(monkeypatch, wanted, has_gpu, device):
    monkeypatch.setattr("torch.cuda.is_available", lambda: has_gpu)
    assert resolve_device(wanted) == device


def test_a_gpu_that_is_demanded_and_absent_is_a_callers_mistake(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match="expected a GPU"):
        resolve_device("cuda")
