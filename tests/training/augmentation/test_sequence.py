"""All of it together: reproducible, in place of nothing, and nothing where nothing is asked."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch

from ctbone.training.augmentation import Augmentation, augment

from .conftest import SPACING_MM, STILL

ALL = Augmentation(potential_ratio=(0.95, 1.08), contrast_share=1.0, metal_share=1.0)


def run(batch, config, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return augment(*batch, config=config, spacing_mm=SPACING_MM, generator=generator)


def test_switched_off_it_returns_what_it_was_given(batch):
    hu, inside = run(batch, STILL)
    assert (hu.dtype, inside.dtype) == (torch.float32, torch.bool)
    assert torch.equal(hu, batch[0].float())
    assert torch.equal(inside, batch[1])


def test_the_same_seed_gives_the_same_batch_and_leaves_the_input(batch):
    before = [values.clone() for values in batch]
    for config in (Augmentation(), ALL):
        one, same, other = (run(batch, config, seed) for seed in (4, 4, 5))
        assert torch.equal(one[0], same[0])
        assert torch.equal(one[1], same[1])
        assert not torch.equal(one[0], other[0])
        assert all(torch.equal(a, b) for a, b in zip(before, batch, strict=True))
        assert torch.isfinite(one[0]).all()
        assert one[0].shape == one[1].shape == batch[0].shape


def test_one_generator_goes_on_from_batch_to_batch(batch):
    generator = torch.Generator().manual_seed(0)
    first, second = (
        augment(*batch, config=ALL, spacing_mm=SPACING_MM, generator=generator)[0]
        for _ in range(2)
    )
    assert not torch.equal(first, second)


def test_examples_that_are_alike_are_varied_unlike(batch):
    alike = tuple(values[:1].expand(5, -1, -1, -1) for values in batch)
    hu, _ = run(alike, Augmentation())
    for one in range(5):
        for other in range(one):
            assert not torch.allclose(hu[one], hu[other], atol=0.1)


def test_what_an_example_becomes_does_not_hang_on_its_neighbours(batch):
    """Others in its place take the same draws."""
    hu, inside = (values.clone() for values in batch)
    changed = hu.clone()
    changed[1:] += 500
    for config in (Augmentation(), ALL):
        one, other = run((hu, inside), config)[0], run((changed, inside), config)[0]
        torch.testing.assert_close(one[0], other[0], rtol=0.0, atol=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        {"shift_mm": 2.0}, {"turn_degrees": 3.0}, {"mirror": True}, {"noise_hu": 15.0},
        {"sharpness": 0.5}, {"thickness_mm": 4.0}, {"potential_ratio": (0.95, 1.08)},
        {"bone_slope": 0.02}, {"offset_hu": 2.0}, {"contrast_hu": 25.0, "contrast_share": 1.0},
        {"metal_share": 1.0},
    ],
)  # fmt: skip
def test_each_switch_switches_something_on(batch, options):
    hu, _ = run(batch, replace(STILL, **options))
    assert not torch.equal(hu, batch[0].float())


def test_every_strength_has_a_switch_here():
    steered = {"noise_kernels", "noise_slice_mm", "sharpness_limit", "contrast_share",
               "metal_streak_hu"}  # fmt: skip
    off = {f.name for f in fields(Augmentation)} - steered
    assert {n for n in off if getattr(STILL, n) not in (0.0, (1.0, 1.0))} == set()


def test_the_mean_of_the_body_stays_near_the_truth(batch):
    """What a head has to answer is still to be seen: without contrast agent, within a few HU."""
    config = replace(Augmentation(), contrast_share=0.0, metal_share=0.0, shift_mm=0.5)
    many = tuple(v.repeat(8, 1, 1, 1) for v in batch)
    hu, inside = run(many, config)
    means = torch.stack([h[i].mean() for h, i in zip(hu, inside, strict=True)])
    # The box is small against slices and kernels: its edges take some of it away.
    assert abs(means.mean() - 150.0) < 15.0
    assert means.std() < 12.0


def test_a_field_of_one_plane_can_be_varied():
    hu = torch.full((2, 40, 32, 1), 50.0)
    found, inside = augment(
        hu, torch.zeros_like(hu), config=replace(ALL, metal_share=0.0), spacing_mm=(1.2, 1.2, 3.0),
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    assert found.shape == hu.shape
    assert torch.isfinite(found).all()
    assert not inside.any()


def test_arrays_that_do_not_match_are_refused(batch):
    with pytest.raises(ValueError, match=r"both be \(N, L, P, S\), got"):
        run((batch[0], batch[1][0]), STILL)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_an_accelerator_gives_what_the_processor_gives(batch):
    """With draws from one generator of the processor."""
    hu, inside = run(tuple(v.cuda() for v in batch), ALL)
    expected, body = run(batch, ALL)
    assert hu.device.type == "cuda"
    torch.testing.assert_close(hu.cpu(), expected, rtol=1e-3, atol=0.1)
    assert (inside.cpu() == body).float().mean() > 0.999


def test_vertebrae_of_one_scan_share_what_the_scan_is_and_not_its_noise(batch):
    """Two scans of two patches that are all alike: offset and gain are of the scan."""
    alike = tuple(values[:1].expand(4, -1, -1, -1) for values in batch)
    scanner = replace(STILL, bone_slope=0.1, offset_hu=10.0)
    run_by_two = {"spacing_mm": SPACING_MM, "a_scan": 2}
    hu, _ = augment(
        *alike, config=scanner, generator=torch.Generator().manual_seed(2), **run_by_two
    )
    assert torch.equal(hu[0], hu[1])
    assert torch.equal(hu[2], hu[3])
    assert not torch.allclose(hu[0], hu[2], atol=0.1)
    noisy = replace(STILL, noise_hu=10.0, noise_kernels=("smooth",))
    hu, _ = augment(*alike, config=noisy, generator=torch.Generator().manual_seed(2), **run_by_two)
    noise = (hu - alike[0].float()).flatten(1)
    assert (noise[0] - noise[1]).std() > noise[0].std()
    torch.testing.assert_close(noise[0].std(), noise[1].std(), rtol=0.1, atol=0.0)


def test_scans_of_unlike_numbers_of_patches_are_refused(batch):
    with pytest.raises(ValueError, match="expected patches by the 2 of a scan, got 5"):
        augment(*batch, config=ALL, spacing_mm=SPACING_MM, generator=torch.Generator(), a_scan=2)
