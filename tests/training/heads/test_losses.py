"""Losses of heads, against closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from ctbone.networks.configuration import HeadConfig
from ctbone.training.heads.configuration import LossConfig
from ctbone.training.heads.losses import HeadLoss
from ctbone.training.heads.preparing import HeadExample

NAN = math.nan
#: Density, T-score, category, site.
TARGETS = torch.tensor(
    [[150.0, 0.0, 0.0, 0.0], [100.0, -1.5, 1.0, 1.0], [60.0, -3.0, 2.0, 0.0], [NAN, NAN, NAN, NAN]]
)


def compared(answers, *, task="bmd", targets=TARGETS, extras=None, body=None, **options):
    network = HeadConfig(task=task, positive=options.pop("positive", "osteoporosis"))
    loss = HeadLoss(network, LossConfig(**options), targets)
    example = HeadExample(torch.zeros(len(targets), 1), None, targets, body)
    return loss(torch.as_tensor(answers, dtype=torch.float32), extras or {}, example)


def logit(share):
    return math.log(share / (1.0 - share))


@pytest.mark.parametrize(
    ("task", "column", "name"), [("bmd", 0, "mae_mg_cm3"), ("t_score", 1, "mae_t_score")]
)
def test_a_regression_is_the_likelihood_of_a_normal(task, column, name):
    wanted = TARGETS[:3, column]
    spread = torch.tensor([2.0, 3.0, 4.0])
    error = torch.tensor([1.0, -2.0, 6.0])
    answers = torch.cat(
        (torch.stack((wanted + error, spread.log() * 2.0), dim=1), torch.zeros(1, 2))
    )
    loss, parts = compared(answers, task=task, beta=0.0)
    normal = -torch.distributions.Normal(wanted + error, spread).log_prob(wanted)
    assert loss == pytest.approx(float(normal.mean()) - 0.5 * math.log(2.0 * math.pi), rel=1e-5)
    assert parts[name] == pytest.approx(3.0)


@pytest.mark.parametrize("sd", [5.0, 40.0])
def test_the_variance_that_fits_the_error_is_best(sd):
    def loss(spread):
        return compared([[130.0, 2.0 * math.log(spread)]], targets=TARGETS[:1], beta=0.0)[0]

    assert float(loss(20.0)) < float(loss(sd))


def test_sure_and_doubtful_patients_pull_by_their_spread_and_not_by_its_square():
    answers = torch.tensor([[140.0, 2.0 * math.log(2.0)], [90.0, 2.0 * math.log(20.0)]])
    answers.requires_grad_()
    loss, _ = compared(answers, targets=TARGETS[:2], beta=0.5)
    loss.backward()
    assert float(answers.grad[0, 0] / answers.grad[1, 0]) == pytest.approx(10.0, rel=1e-4)


def test_beta_one_pulls_the_mean_as_the_squared_error_does():
    answers = torch.tensor([[140.0, 1.0], [90.0, 5.0]], requires_grad=True)
    loss, _ = compared(answers, targets=TARGETS[:2], beta=1.0)
    loss.backward()
    # The same error at any variance pulls alike.
    assert answers.grad[0, 0] == pytest.approx(float(answers.grad[1, 0]), rel=1e-5)


def test_categories_are_compared_by_cross_entropy():
    shares = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])
    loss, parts = compared(shares.log(), task="category")
    assert loss == pytest.approx(-(math.log(0.7) + math.log(0.4) + math.log(0.25)) / 3.0)
    assert parts["accuracy"] == pytest.approx(2.0 / 3.0)


def test_focal_loss_leaves_what_is_answered_well_aside():
    shares = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.5, 0.25, 0.25], [1.0, 1.0, 1.0]])
    loss, _ = compared(shares.log(), task="category", focal_gamma=2.0)
    expected = [-((1 - p) ** 2) * math.log(p) for p in (0.7, 0.4, 0.25)]
    assert loss == pytest.approx(sum(expected) / 3.0, rel=1e-5)


def test_balanced_categories_weigh_the_same_however_rare():
    targets = torch.tensor([[0.0, 0.0, c, 0.0] for c in (0, 0, 0, 2)])
    shares = torch.tensor([[0.5, 0.25, 0.25]] * 4)
    loss, _ = compared(shares.log(), task="category", targets=targets, balanced=True)
    assert loss == pytest.approx(-(math.log(0.5) + math.log(0.25)) / 2.0, rel=1e-5)


def test_ordinal_answers_are_two_questions():
    answers = [
        [logit(0.2), logit(0.1)],
        [logit(0.6), logit(0.3)],
        [logit(0.9), logit(0.8)],
        [0, 0],
    ]
    loss, parts = compared(answers, task="ordinal")
    expected = [0.8 * 0.9, 0.6 * 0.7, 0.9 * 0.8]
    assert loss == pytest.approx(-sum(map(math.log, expected)) / 3.0, rel=1e-5)
    assert parts["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("positive", "shares"),
    [("osteoporosis", (0.9, 0.9, 0.2)), ("low_bone_mass", (0.9, 0.1, 0.2))],
)
def test_a_two_way_answer_counts_what_it_looks_for(positive, shares):
    loss, _ = compared(
        [[logit(0.1)], [logit(0.1)], [logit(0.2)], [0.0]], task="binary", positive=positive
    )
    assert loss == pytest.approx(-sum(map(math.log, shares)) / 3.0, rel=1e-5)


def test_several_tasks_add_up():
    density = torch.tensor([[140.0, 1.0], [90.0, 2.0], [66.0, 1.0], [0.0, 0.0]])
    logits = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    both, parts = compared(torch.cat((density, logits), 1), task="multitask", category_weight=0.3)
    one, _ = compared(density)
    other, _ = compared(logits, task="category")
    assert both == pytest.approx(float(one + 0.3 * other), rel=1e-6)
    assert set(parts) == {"mae_mg_cm3", "accuracy"}


def test_a_batch_in_which_nothing_is_known_teaches_nothing():
    answers = torch.ones(1, 2, requires_grad=True)
    loss, _ = compared(answers, targets=TARGETS[3:])
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not answers.grad.any()


def test_sites_are_told_apart_by_cross_entropy():
    density = torch.cat((TARGETS[:, :1].nan_to_num(), torch.zeros(4, 1)), dim=1)
    shares = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.5, 0.5]])
    plain, _ = compared(density)
    loss, parts = compared(density, extras={"domain": shares.log()}, domain_weight=0.5)
    entropy = -(math.log(0.9) + math.log(0.6) + math.log(0.8)) / 3.0
    assert parts["domain"] == pytest.approx(entropy, rel=1e-5)
    assert loss == pytest.approx(float(plain) + 0.5 * entropy, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_bodies_and_boundaries_are_compared_with_the_mask(dimensions):
    body = torch.zeros(4, 1, *(8,) * dimensions)
    body[(..., *(slice(2, 6),) * dimensions)] = 1.0
    density = torch.zeros(4, 2)
    eroded = torch.zeros_like(body)
    eroded[(..., *(slice(3, 5),) * dimensions)] = 1.0
    dilated = torch.zeros_like(body)
    dilated[(..., *(slice(1, 7),) * dimensions)] = 1.0
    right = {"body": 40.0 * (body - 0.5), "boundary": 40.0 * (dilated - eroded - 0.5)}
    _, parts = compared(density, extras=right, body=body)
    assert float(parts["body"]) == pytest.approx(0.0, abs=1e-6)
    assert float(parts["boundary"]) == pytest.approx(0.0, abs=1e-6)
    _, parts = compared(density, extras={"body": -right["body"]}, body=body)
    assert float(parts["body"]) > 10.0
    with pytest.raises(ValueError, match="needs body masks, found none"):
        compared(density, extras=right)
