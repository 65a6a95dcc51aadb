"""A classifier that learns, over features that unlearn."""

from __future__ import annotations

import torch

from ctbone.networks import HeadConfig, build_head
from ctbone.networks.domains import DomainClassifier, reverse_gradient


def test_values_pass_exactly_and_gradients_with_the_other_sign():
    values = torch.randn(1000) * 10.0 ** torch.randint(-20, 20, (1000,))
    values.requires_grad_()
    passed = reverse_gradient(values)
    assert torch.equal(passed, values)
    weights = torch.randn(1000)
    (passed * weights).sum().backward()
    assert torch.equal(values.grad, -weights)


def test_the_classifier_follows_its_loss_and_the_features_flee():
    classifier = DomainClassifier(6, 3)
    features = torch.randn(4, 6, requires_grad=True)
    plain = features.detach().clone().requires_grad_()
    classifier(features).square().sum().backward()
    learned = [p.grad.clone() for p in classifier.parameters()]
    classifier.zero_grad()
    classifier.layers(plain).square().sum().backward()
    torch.testing.assert_close(features.grad, -plain.grad)
    for found, parameter in zip(learned, classifier.parameters(), strict=True):
        torch.testing.assert_close(found, parameter.grad)


def test_a_head_names_the_domain_beside_its_answer():
    head = build_head(HeadConfig(backbone="deepmdqct", dimensions=2, width=0.125, domains=3))
    inputs = torch.rand(2, 1, 32, 32)
    head.eval()
    answer, extras = head.with_extras(inputs)
    assert head.extras == tuple(extras) == ("domain",)
    assert extras["domain"].shape == (2, 3)
    torch.testing.assert_close(answer, head(inputs))


def test_a_bag_has_one_domain():
    config = HeadConfig(backbone="cnn", dimensions=2, width=0.125, domains=2, pooling="attention")
    extras = build_head(config).with_extras(torch.rand(3, 4, 1, 16, 16))[1]
    assert extras["domain"].shape == (3, 2)
