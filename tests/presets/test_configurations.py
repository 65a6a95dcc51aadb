"""Every preset is a configuration of ctbone train, and its head takes what its input makes."""

from dataclasses import replace
from functools import cache

import pytest
import torch

from ctbone.cli import _configuration
from ctbone.evaluation.description import _described
from ctbone.networks import build_head
from ctbone.networks.tasks import OUTPUTS
from ctbone.patches import to_bags, to_inputs
from ctbone.presets import read_presets
from ctbone.resources import config_path
from ctbone.runs import to_plain
from ctbone.training import train
from ctbone.training.augmentation import augment

PRESETS = {preset.id: preset for preset in read_presets()}

# Family as the review counts it, where the name of the backbone does not say it.
FAMILIES = {
    "zhang2023_joint": "resnet",
    "tang2021": "densenet",
    "kang2023": "resnet",
    "dzierzak2022": "other",
    "yasaka2020": "other",
    "kucukciloglu2024": "other",
    "kuo2025": "other",
    "deepmdqct2024": "other",
}

each_preset = pytest.mark.parametrize("name", PRESETS)


@cache
def parse(name, *more):
    path = str(config_path(f"presets/{name}.yaml"))
    given = ["--head.export", "export", "--head.cohort", "cohort.csv", "--out", "out"]
    return _configuration("train", train, ["--config", path, *given, *more])


@each_preset
def test_the_command_line_takes_it_with_export_and_cohort_alone(name):
    head = parse(name).head
    assert str(head.export) == "export"
    assert head.network.width == 1.0
    assert head.network.pretrained is None
    assert head.folds == 0


@each_preset
def test_it_agrees_with_the_table(name):
    preset, head = PRESETS[name], parse(name).head
    assert head.network.dimensions == preset.dimensions
    tasks = {
        ("density", "QCT"): {"bmd", "multitask"},
        ("density", "DXA"): {"t_score"},
    }
    by_category = {"category", "ordinal"} if preset.classes == 3 else {"binary"}
    wanted = tasks.get((preset.output, preset.reference_standard), by_category)
    assert head.network.task in wanted
    if head.network.task == "binary":
        assert head.network.positive == preset.positive
    assert head.input.window_hu == "bone"


@each_preset
def test_what_evaluation_tabulates_follows_from_the_configuration(name):
    preset, head = PRESETS[name], parse(name).head
    found = _described(to_plain(head.network), to_plain(head.input))
    family = next((f for f in ("resnet", "densenet") if f in preset.backbone.lower()), "other")
    if "and" not in preset.backbone:
        assert found["backbone"] == FAMILIES.get(name, family.replace("-", ""))
    assert found["backbone"] == FAMILIES.get(name, found["backbone"])
    assert found["dimensionality"] == f"{preset.dimensions}d"
    assert found["plane"] in {"multi", *preset.planes}
    # A volume has no plane, whatever planes its slices were read from.
    is_several = preset.dimensions == 3 or found["plane"] == "multi"
    assert found["input"] == ("multi" if is_several else "single")
    assert found["window"] == "bone"


@each_preset
def test_the_head_takes_the_input_and_answers_its_task(name):
    head = parse(name).head
    torch.manual_seed(1)
    network = build_head(replace(head.network, width=0.125)).eval()
    vertebrae = len(head.levels) if head.input.unit == "patient" else 1
    hu = 300.0 * torch.randn(vertebrae, *head.grid.shape)
    inputs = to_inputs(hu, hu > 0.0, config=head.input)
    assert torch.isfinite(inputs).all()
    given = (inputs,)
    if head.input.is_bag:
        given = to_bags(inputs, torch.ones(1, vertebrae, dtype=torch.bool), config=head.input)
    with torch.inference_mode():
        answers = network(*given)
    assert answers.shape == (1, OUTPUTS[head.network.task])
    assert torch.isfinite(answers).all()


@each_preset
def test_its_patches_can_be_varied(name):
    head = parse(name).head
    generator = torch.Generator().manual_seed(1)
    hu = 100.0 + 50.0 * torch.randn(1, *head.grid.shape, generator=generator)
    varied, inside = augment(
        hu,
        hu > 100.0,
        config=head.augmentation,
        spacing_mm=head.grid.spacing_mm,
        generator=generator,
    )
    assert varied.shape == inside.shape == hu.shape
    assert torch.isfinite(varied).all()
    assert not torch.equal(varied, hu)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("fangk2024", "--head.network.dimensions 2 --head.input.plane axial"),
        ("kang2023", "--head.network.dimensions 2 --head.input.plane axial"),
        ("li2025_100kv", "--head.network.backbone resnet18"),
        ("li2025_80kv", "--head.network.backbone resnet18"),
        ("pan2024", "--head.levels L1 --head.input.unit vertebra --head.network.pooling none"),
        ("oh2024", "--head.input.unit patient --head.network.pooling attention"),
        ("tariq2023", "--head.input.plane coronal"),
        ("kuo2025", "--head.grid.shape [64,48,16] --head.grid.offset_mm [0,0,0]"),
        ("kuo2025", "--head.grid.shape [116,116,16]"),
        ("deepmdqct2024", "--head.network.domains 12"),
        ("deepmdqct2024", "--head.network.domains 0"),
    ],
)
def test_the_options_that_its_comments_name_work(name, options):
    text = config_path(f"presets/{name}.yaml").read_text()
    assert options in text
    head = parse(name, *options.split()).head
    assert head != parse(name).head
    build_head(replace(head.network, width=0.125))


def test_the_large_field_is_a_fifth_wider():
    fit, large = (
        parse("kuo2025", *more).head.grid for more in ((), ("--head.grid.shape", "[116,116,16]"))
    )
    assert large.shape[0] / fit.shape[0] == pytest.approx(1.2, abs=0.01)
    assert large.offset_mm == fit.offset_mm
