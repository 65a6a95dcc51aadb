"""Fitting: it learns, it repeats itself, and it goes on where it stopped."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.optim.optimizer import register_optimizer_step_post_hook

from ctbone.errors import WeightsMismatch
from ctbone.networks import HeadConfig, build_head, save_weights
from ctbone.training.data import ExampleData
from ctbone.training.fit import compared_by, evaluate, fit
from ctbone.training.fitting import FitConfig

QUICK = FitConfig(epochs=4, batch_size=4, learning_rate=3e-3, device="cpu", threads=1)


def density_loss(outputs, targets):
    mean, log_variance = outputs.unbind(dim=1)
    error = targets[:, 0] - mean
    likelihood = 0.5 * (log_variance + error.square() * torch.exp(-log_variance))
    return likelihood.mean(), {"mae_mg_cm3": error.abs().mean()}


def category_loss(outputs, targets):
    categories = targets[:, 0].long()
    accuracy = (outputs.argmax(dim=1) == categories).float().mean()
    return functional.cross_entropy(outputs, categories), {"accuracy": accuracy}


class Blobs:
    """Patches whose brightness is their density."""

    def __init__(self, count, *, seed=0, shape=(1, 16, 16), category=False):
        rng = np.random.default_rng(seed)
        # Classes lie apart, so that what is learnt does not hang on the last digit.
        self.densities = (
            rng.choice((0.2, 0.8), count) if category else rng.uniform(0.0, 1.0, count)
        )
        self._shape, self._category = shape, category

    def __len__(self):
        return len(self.densities)

    def draw(self, index, rng):
        density = self.densities[index]
        inputs = np.full(self._shape, density, np.float32)
        if rng is not None:
            inputs += rng.normal(0.0, 0.02, self._shape).astype(np.float32)
        target = float(density > 0.5) if self._category else 100.0 + 100.0 * density
        return inputs, np.array([target], np.float32)


def fitted(out, config=QUICK, *, seed=3, dimensions=2, task="bmd", checkpointing=False):
    torch.manual_seed(seed)
    shape = (1, *(16,) * dimensions)
    network = build_head(
        HeadConfig(
            backbone="resnet10",
            dimensions=dimensions,
            width=0.125,
            dropout=0.2,
            task=task,
            checkpointing=checkpointing,
        )
    )
    if task == "bmd":
        network.set_scale(centre=150.0, scale=29.0)
    category = task == "category"
    data = ExampleData(
        Blobs(16, shape=shape, category=category),
        Blobs(8, seed=1, shape=shape, category=category),
        batch_size=config.batch_size,
        seed=seed,
    )
    loss = category_loss if category else density_loss
    compare = compared_by(loss)
    return network, fit(network, compare, data, config=config, out=out, seed=seed)


@pytest.fixture(autouse=True)
def one_thread(threads):
    torch.set_num_threads(1)


def same(one, other):
    pairs = zip(one.state_dict().items(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for (_, a), b in pairs)


def test_a_few_samples_are_learnt(tmp_path):
    network, figures = fitted(tmp_path, replace(QUICK, epochs=25, learning_rate=1e-2))
    assert figures["validation_mae_mg_cm3"] < 12.0
    assert not network.training
    with (tmp_path / "log" / "version_0" / "metrics.csv").open() as file:
        column = [row["training_mae_mg_cm3"] for row in csv.DictReader(file)]
    errors = [float(value) for value in column if value]
    assert errors[-1] < 0.7 * errors[0]


def test_a_classifier_learns_too(tmp_path):
    _, figures = fitted(tmp_path, replace(QUICK, epochs=20, learning_rate=1e-2), task="category")
    assert figures["validation_accuracy"] == 1.0


def test_same_seed_same_weights(tmp_path):
    one, _ = fitted(tmp_path / "one")
    other, _ = fitted(tmp_path / "other")
    third, _ = fitted(tmp_path / "third", seed=4)
    assert same(one, other)
    assert not same(one, third)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path, monkeypatch, average):
    quick = replace(QUICK, average=average)
    whole, _ = fitted(tmp_path / "whole", quick)
    draw = Blobs.draw
    calls = []

    def failing(self, index, rng):
        calls.append(index)
        # Two epochs of 16 and 8 draws are done; the third is cut off.
        if len(calls) > 2 * 24 + 5:
            raise OSError("the power went")
        return draw(self, index, rng)

    monkeypatch.setattr(Blobs, "draw", failing)
    with pytest.raises(OSError, match="the power went"):
        fitted(tmp_path / "part", quick)
    monkeypatch.setattr(Blobs, "draw", draw)
    resumed, _ = fitted(tmp_path / "part", replace(quick, resume=True))
    assert same(whole, resumed)


def test_a_run_goes_on_in_another_folder_and_its_checkpoints_name_none(tmp_path):
    fitted(tmp_path / "doe^jane", replace(QUICK, epochs=2))
    for path in (tmp_path / "doe^jane" / "checkpoints").iterdir():
        assert b"doe^jane" not in path.read_bytes()
    (tmp_path / "doe^jane").rename(tmp_path / "moved")
    _, figures = fitted(tmp_path / "moved", replace(QUICK, resume=True))
    assert not (tmp_path / "doe^jane").exists()
    state = torch.load(tmp_path / "moved" / "checkpoints" / "best.ckpt", weights_only=True)
    assert state["figures"] == figures


def test_small_fields_in_bf16_can_be_checkpointed(tmp_path):
    short = replace(QUICK, epochs=1, precision="bf16")
    plain, _ = fitted(tmp_path / "plain", short)
    again, _ = fitted(tmp_path / "again", short, checkpointing=True)
    assert same(plain, again)


def test_a_run_starts_from_given_weights(tmp_path):
    first, _ = fitted(tmp_path / "first", replace(QUICK, epochs=2))
    save_weights(first, tmp_path / "first.safetensors")
    still = replace(QUICK, epochs=1, learning_rate=1e-12, start=tmp_path / "first.safetensors")
    second, _ = fitted(tmp_path / "second", still, seed=9)
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in pairs)
    fresh, _ = fitted(tmp_path / "fresh", replace(still, start=None), seed=9)
    assert not all(
        torch.allclose(a, b, atol=1e-6)
        for a, b in zip(first.parameters(), fresh.parameters(), strict=True)
    )


def test_a_resumed_run_goes_on_from_its_own_weights(tmp_path):
    start, _ = fitted(tmp_path / "start", replace(QUICK, epochs=1))
    save_weights(start, tmp_path / "start.safetensors")
    config = replace(QUICK, epochs=2)
    whole, _ = fitted(tmp_path / "whole", config)
    again, _ = fitted(
        tmp_path / "whole", replace(config, resume=True, start=tmp_path / "start.safetensors")
    )
    assert same(whole, again)


def test_weights_of_another_network_are_no_start(tmp_path):
    first, _ = fitted(tmp_path / "first", replace(QUICK, epochs=1), task="category")
    save_weights(first, tmp_path / "first.safetensors")
    with pytest.raises(WeightsMismatch, match=r"first\.safetensors does not fit"):
        fitted(tmp_path / "other", replace(QUICK, start=tmp_path / "first.safetensors"))


def test_bfloat16_in_three_dimensions(tmp_path):
    network, figures = fitted(tmp_path, replace(QUICK, precision="bf16", epochs=2), dimensions=3)
    assert np.isfinite(figures["validation_loss"])
    assert all(p.dtype == torch.float32 for p in network.parameters())
    kernels = [m.weight for m in network.modules() if isinstance(m, nn.Conv3d)]
    assert all(k.is_contiguous(memory_format=torch.channels_last_3d) for k in kernels)


def test_the_last_epoch_can_be_kept(tmp_path):
    config = replace(QUICK, epochs=3, learning_rate=3.0)
    last, figures = fitted(tmp_path / "last", replace(config, keep="last"))
    state = torch.load(tmp_path / "last" / "checkpoints" / "last.ckpt", weights_only=True)
    assert figures == state["figures"]
    kept = {name.removeprefix("network."): value for name, value in state["state_dict"].items()}
    assert all(torch.equal(value, kept[name]) for name, value in last.state_dict().items())


@pytest.mark.parametrize(("still_after", "measured"), [(1.0, 4), (0.5, 2), (0.0, 0)])
def test_normalisation_measures_batches_until_its_statistics_stand_still(
    tmp_path, still_after, measured
):
    network, _ = fitted(tmp_path, replace(QUICK, keep="last", still_after=still_after))
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    # Four epochs of four batches.
    assert {int(norm.num_batches_tracked) for norm in norms} == {4 * measured}
    assert not any(norm.training for norm in norms)


def test_patience_ends_a_run_early(tmp_path):
    config = replace(QUICK, epochs=60, patience=2, learning_rate=1e-9)
    fitted(tmp_path, config)
    with (tmp_path / "log" / "version_0" / "metrics.csv").open() as file:
        epochs = {int(row["epoch"]) for row in csv.DictReader(file)}
    assert max(epochs) < 30


def test_logs_for_tensorboard(tmp_path):
    pytest.importorskip("tensorboard")
    fitted(tmp_path, replace(QUICK, epochs=1, logs="tensorboard"))
    assert list((tmp_path / "events" / "version_0").glob("events.out.tfevents.*"))
    assert (tmp_path / "log" / "version_0" / "metrics.csv").is_file()


def test_evaluation_is_the_mean_over_all_examples():
    def loss(outputs, targets):
        error = (outputs - targets).mean()
        return error, {"twice": 2.0 * error}

    blobs = Blobs(10)
    found = evaluate(nn.Flatten(), loss, blobs, config=QUICK)
    expected = float(np.mean([d - (100.0 + 100.0 * d) for d in blobs.densities]))
    assert found["loss"] == pytest.approx(expected, rel=1e-5)
    assert found["twice"] == pytest.approx(2.0 * expected, rel=1e-5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("average", 1.0),
        ("workers", -1),
        ("still_after", 1.5),
    ],
)
def test_bad_configuration_is_refused(field, value):
    with pytest.raises(ValueError, match=f"{field} must "):
        FitConfig(**{field: value})


def test_the_last_checkpoint_is_of_the_last_epoch_whenever_the_best_was(tmp_path):
    counted = iter(range(100))

    def growing(outputs, targets):
        loss, parts = density_loss(outputs, targets)
        return (loss if outputs.requires_grad else loss * 0.0 + next(counted)), parts

    network = build_head(HeadConfig(backbone="resnet10", dimensions=2, width=0.125))
    data = ExampleData(Blobs(8), Blobs(4, seed=1), batch_size=4, seed=3)
    fit(network, compared_by(growing), data, config=replace(QUICK, epochs=3), out=tmp_path, seed=3)
    states = [
        torch.load(tmp_path / "checkpoints" / f"{name}.ckpt", weights_only=True)
        for name in ("best", "last")
    ]
    assert [state["epoch"] for state in states] == [0, 2]


@pytest.mark.parametrize("precision", ["32", "bf16"])
def test_no_step_is_taken_along_a_long_gradient(tmp_path, precision):
    """Densities scaled by nothing give errors of a hundred units, and gradients to match."""
    norms = []

    def note(optimiser, *_):
        grads = [p.grad for group in optimiser.param_groups for p in group["params"]]
        norms.append(float(torch.stack([g.norm() for g in grads if g is not None]).norm()))

    handle = register_optimizer_step_post_hook(note)
    try:
        network = build_head(HeadConfig(backbone="cnn", dimensions=2, width=0.125))
        data = ExampleData(Blobs(8), Blobs(4, seed=1), batch_size=4, seed=1)
        config = replace(QUICK, epochs=1, precision=precision, learning_rate=1e-4)
        fit(network, compared_by(squared), data, config=config, out=tmp_path, seed=1)
    finally:
        handle.remove()
    assert norms == pytest.approx([1.0, 1.0], rel=1e-3)


def squared(outputs, targets):
    error = (outputs[:, 0] - targets[:, 0]).square().mean()
    return error, {"square": error}
