"""Batches: every example as often as it should be, in an order that can be repeated."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.patches import VertebraPatch
from ctbone.training.data import SharedOrder
from ctbone.training.heads.data import BatchOrder, PatchExamples, balanced_shares, group
from ctbone.training.heads.gathering import GatheredStudy
from ctbone.training.heads.kept import write_patches
from ctbone.training.heads.patchset import assemble
from ctbone.training.heads.targets import target_rows
from tests.training.heads.cohorts import row

LEVELS = (VertebralLevel.L1, VertebralLevel.L2)


def patch(level, value):
    hu = np.full((3, 4, 5), value, dtype=np.float32)
    return VertebraPatch(level, hu, hu > 0.0, np.diag([2.0, 2.0, 1.0, 1.0]))


@pytest.fixture
def patches(tmp_path):
    """Three studies: two levels, one, two; patches count from 1."""
    studies, number = [], 0
    for k, count in enumerate((2, 1, 2)):
        path = tmp_path / f"{k}.npz"
        write_patches(
            path, [patch(level, number + n + 1) for n, level in enumerate(LEVELS[:count])]
        )
        number += count
        studies.append(GatheredStudy(row(f"1.{k}", patient=f"p{k}", bmd_mg_cm3=130.0 + k), path))
    return assemble(studies, tmp_path)


def test_patches_lie_in_the_order_of_their_studies(patches):
    assert patches.hu[:, 0, 0, 0].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert patches.study.tolist() == [0, 0, 1, 2, 2]
    assert patches.of({"1.2", "1.0"}).tolist() == [0, 1, 3, 4]
    assert [level.name for level in patches.levels] == ["L1", "L2", "L1", "L1", "L2"]


def test_the_digest_is_that_of_what_is_learnt_from(patches, tmp_path):
    studies = [GatheredStudy(r, tmp_path / f"{k}.npz") for k, r in enumerate(patches.rows)]
    assert assemble(studies, tmp_path).sha256 == patches.sha256
    write_patches(tmp_path / "1.npz", [patch(LEVELS[0], 3.5)])
    assert assemble(studies, tmp_path).sha256 != patches.sha256


def test_an_example_is_a_vertebra_or_a_patient(patches):
    everything = np.arange(5)
    assert group(patches, everything, by_patient=False).tolist() == [[0], [1], [2], [3], [4]]
    assert group(patches, everything, by_patient=True).tolist() == [[0, 1], [2, -1], [3, 4]]


def test_a_batch_holds_what_it_was_asked_for(patches):
    targets = target_rows(patches.rows, sites=["north"])
    examples = PatchExamples(patches, group(patches, np.arange(5), by_patient=True), targets)
    batch = examples[np.array([2, 1])]
    assert batch.hu.shape == (2, 2, 3, 4, 5)
    assert batch.hu[0, :, 0, 0, 0].tolist() == [4.0, 5.0]
    assert batch.present.tolist() == [[True, True], [True, False]]
    assert batch.targets[:, 0].tolist() == [132.0, 131.0]
    assert bool(batch.inside.all())


def test_examples_travel_to_other_processes_as_the_names_of_files(patches):
    targets = target_rows(patches.rows, sites=[])
    examples = PatchExamples(patches, group(patches, np.arange(5), by_patient=False), targets)
    again = pickle.loads(pickle.dumps(examples))  # noqa: S301 - our own bytes
    numbers = np.array([3, 0])
    assert again[numbers].hu.equal(examples[numbers].hu)
    assert len(pickle.dumps(examples)) < 4000


def numbers(order):
    return [batch.tolist() for batch in order]


def test_each_example_comes_once_an_epoch():
    order = BatchOrder(10, 4, seed=3)
    found = numbers(order)
    assert [len(batch) for batch in found] == [4, 4, 2]
    assert len(order) == 3
    assert sorted(n for batch in found for n in batch) == list(range(10))
    assert numbers(order) == found
    order.set_epoch(1)
    assert numbers(order) != found
    assert numbers(BatchOrder(10, 4, seed=3, epoch=1)) == numbers(order)


def test_an_epoch_that_is_set_before_the_first_batch_counts():
    order, later = BatchOrder(10, 4, seed=3), BatchOrder(10, 4, seed=3, epoch=2)
    begun = iter(order)
    order.set_epoch(2)
    assert [batch.tolist() for batch in begun] == numbers(later)


def test_no_batch_of_one_is_trained_on_but_it_is_validated_with():
    training, validation = BatchOrder(9, 4, seed=3), BatchOrder(9, 4, seed=None)
    assert [len(batch) for batch in numbers(training)] == [4, 4]
    assert len(training) == 2
    assert numbers(validation) == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert numbers(BatchOrder(1, 4, seed=3)) == [[0]]


def test_a_rare_category_is_drawn_as_often_as_the_others():
    categories = np.array([0.0] * 90 + [2.0] * 9 + [np.nan], dtype=np.float32)
    order = BatchOrder(100, 10, seed=1, shares=balanced_shares(categories))
    drawn = Counter()
    for epoch in range(30):
        order.set_epoch(epoch)
        drawn.update(str(categories[n]) for batch in order for n in batch)
    assert all(abs(count - 1000) < 100 for count in drawn.values())


def test_processes_share_an_epoch_and_go_on_to_the_next():
    whole = BatchOrder(20, 4, seed=3)
    shares = [SharedOrder(BatchOrder(20, 4, seed=3), processes=2, rank=k) for k in range(2)]
    for epoch in (0, 1):
        for order in (whole, *shares):
            order.set_epoch(epoch)
        first, second = (numbers(order) for order in shares)
        batches = numbers(whole)
        assert len(first) == len(second) == len(shares[0]) == 3
        # Five batches do not go round: the first comes again.
        assert first == batches[0::2]
        assert second == [batches[1], batches[3], batches[0]]
