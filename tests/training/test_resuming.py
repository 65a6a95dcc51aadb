"""What a fit hangs on, and what it does not."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest

from ctbone.training.fitting import FitConfig
from ctbone.training.resuming import fit_options, material_options, require_same_options


@dataclass(frozen=True, kw_only=True)
class Training:
    export: Path
    offset_hu: float = 5.0


OTHERWISE = {
    "epochs": 50,
    "patience": 3,
    "keep": "last",
    "device": "cpu",
    "strategy": "ddp",
    "deterministic": True,
    "compile": True,
    "threads": 2,
    "workers": 2,
    "logs": "tensorboard",
    "start": Path("weights.safetensors"),
    "resume": True,
}


def options(config=FitConfig(), *, seed=1, material=None):  # noqa: B008 - frozen
    return fit_options(config, seed=seed, material=material or {})


def test_how_far_where_and_how_fast_may_change():
    assert options(replace(FitConfig(), **OTHERWISE)) == options()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 4),
        ("learning_rate", 0.5),
        ("weight_decay", 0.5),
        ("precision", "bf16"),
        ("devices", 2),
        ("nodes", 2),
        ("accumulate", 2),
        ("average", 0.5),
        ("still_after", 0.5),
    ],
)
def test_what_weights_hang_on_may_not(name, value):
    was = getattr(FitConfig(), name)
    changed = options(replace(FitConfig(), **{name: value}))
    with pytest.raises(ValueError, match=f"configuration: fit.{name} was {was}, is {value};"):
        require_same_options(options(), changed, checkpoint="last.ckpt")


def test_every_option_of_a_fit_is_one_or_the_other():
    kept = {name.removeprefix("fit.") for name in options() if name != "seed"}
    assert kept | OTHERWISE.keys() == {field.name for field in fields(FitConfig)}
    assert not kept & OTHERWISE.keys()


def test_another_seed_is_another_fit():
    with pytest.raises(ValueError, match="seed was 1, is 2"):
        require_same_options(options(), options(seed=2), checkpoint="last.ckpt")


def test_material_is_told_by_name_and_compared_by_content():
    one, moved, other = (
        material_options("head", training, free=("export",), contents={"patches": digest})
        for training, digest in (
            (Training(export=Path("a")), "0" * 64),
            (Training(export=Path("b")), "0" * 64),
            (Training(export=Path("a"), offset_hu=9.0), "1" * 64),
        )
    )
    assert one == moved
    require_same_options(options(material=one), options(material=moved), checkpoint="last.ckpt")
    message = "head.offset_hu was 5.0, is 9.0; patches was 000000000000, is 111111111111; repeat"
    with pytest.raises(ValueError, match=message):
        require_same_options(one, other, checkpoint="last.ckpt")
