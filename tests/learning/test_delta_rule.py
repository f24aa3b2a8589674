"""The delta rule: by hand, as the gradient of half the squared error, and where it ends."""

import pytest
import torch
from torch import nn

from glasswork.activations import Sigmoid
from glasswork.errors import DataError, NonFiniteError, ShapeError, UsageError
from glasswork.layers import Network, TargetScale
from glasswork.learning import DeltaRule, GradientDescent, delta_update
from glasswork.models import Linear, Neuron, Perceptron
from glasswork.records import Batch


def data(count=20, outputs=2):
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    return x, torch.randn(count, outputs, generator=generator, dtype=torch.float64)


def energy(outputs, targets):
    return 0.5 * ((targets - outputs) ** 2).sum(dim=1).mean()


@pytest.mark.course("NL-08")
def test_worked_by_hand():
    # y = 1 * 2 + 3 * (-1) + 0.5 = -0.5; e = 1 - (-0.5) = 1.5; steps 0.1 * 1.5 * (2, -1) and 0.1 * 1.5
    model = Linear(inputs=2, outputs=1)
    with torch.no_grad():
        model.linear.weight.copy_(torch.tensor([[1.0, 3.0]]))
        model.linear.bias.fill_(0.5)
    record = DeltaRule(model, learning_rate=0.1).step(Batch({"x": torch.tensor([[2.0, -1.0]])}, torch.tensor([[1.0]])))
    torch.testing.assert_close(model.linear.weight.detach(), torch.tensor([[1.3, 2.85]]))
    assert model.linear.bias.item() == pytest.approx(0.65)
    assert record.loss.item() == 1.125


@pytest.mark.course(
    "NL-08",
    "NL-09",
    "FB-11",
    verdict="holds",
    seen="one step equals one autograd SGD step on half "
    "the mean squared error to 1e-14, and its direction central differences of that energy to 1e-8",
)
@pytest.mark.parametrize("size", [1, 7, 20])
def test_it_is_gradient_descent_on_the_error_energy(size):
    x, d = data()
    ours, theirs = Linear(inputs=3, outputs=2).double(), Linear(inputs=3, outputs=2).double()
    rule = DeltaRule(ours, learning_rate=0.05)
    descent = GradientDescent(theirs, energy, torch.optim.SGD(theirs.parameters(), lr=0.05))
    for start in range(0, 20, size):
        batch = Batch({"x": x[start : start + size]}, d[start : start + size])
        a, b = rule.step(batch), descent.step(batch)
        torch.testing.assert_close(a.loss, b.loss, rtol=1e-13, atol=0)
    torch.testing.assert_close(dict(ours.named_parameters()), dict(theirs.named_parameters()), rtol=0, atol=1e-14)
    step, _ = delta_update(x, d, ours(x).detach(), lr=1.0)
    for k, j in ((0, 0), (1, 2)):
        found = []
        for moved in (1e-5, -1e-5):
            with torch.no_grad():
                ours.linear.weight[k, j] += moved
                found.append(energy(ours(x), d).item())
                ours.linear.weight[k, j] -= moved
        assert -(found[0] - found[1]) / 2e-5 == pytest.approx(step[k, j].item(), abs=1e-8)


@pytest.mark.course(
    "NL-09",
    verdict="holds under conditions",
    seen="full batches reach the least-squares solution to "
    "1e-9 at a rate below 2 over the largest eigenvalue of the mean of x x^T, and diverge at 1.1 times that",
)
def test_it_ends_at_least_squares_below_a_known_rate():
    x, d = data()
    extended = torch.cat([x, torch.ones(20, 1)], dim=1)
    largest = torch.linalg.eigvalsh(extended.T @ extended / 20).max().item()
    solution = torch.linalg.lstsq(extended, d).solution.T
    distances = []
    for rate in (1.0 / largest, 2.2 / largest):
        model = Linear(inputs=3, outputs=2).double()
        learner = DeltaRule(model, learning_rate=rate)
        for _ in range(500):
            learner.step(Batch({"x": x}, d))
        found = torch.cat([model.linear.weight, model.linear.bias[:, None]], dim=1)
        distances.append((found - solution).abs().max().item())
    assert distances[0] < 1e-9
    assert distances[1] > 1e6


def test_a_rate_far_too_large_is_refused_when_the_loss_is_not_finite():
    x, d = data()
    learner = DeltaRule(Linear(inputs=3, outputs=2).double(), learning_rate=100.0)

    def learn():
        for _ in range(1000):
            learner.step(Batch({"x": x}, d))

    with pytest.raises(NonFiniteError, match=r"loss is not finite|is not finite\. Lower the learning rate"):
        learn()


def test_a_perceptron_learns_by_its_potential_towards_plus_and_minus_one():
    x, _ = data()
    labels = (x[:, 0] > 0).long()
    adaline, unit = Perceptron(inputs=3).double(), Linear(inputs=3, outputs=1).double()
    batches = Batch({"x": x}, labels), Batch({"x": x}, (2.0 * labels - 1)[:, None].double())
    learners = DeltaRule(adaline, learning_rate=0.1), DeltaRule(unit, learning_rate=0.1)
    for _ in range(30):
        losses = [learner.step(batch).loss for learner, batch in zip(learners, batches, strict=True)]
        assert losses[0] == losses[1]
    torch.testing.assert_close(adaline.linear.weight, unit.linear.weight, rtol=0, atol=0)
    said = [learner.loss(learner.model(x), batch.targets) for learner, batch in zip(learners, batches, strict=True)]
    torch.testing.assert_close(said[0], said[1])


def test_a_network_learns_in_scaled_units():
    x, d = data(outputs=1)
    d = 50 + 20 * d
    scale = TargetScale(1).double().fit(d)
    whole = Network(body=Linear(inputs=3, outputs=1).double(), target=scale)
    bare = Linear(inputs=3, outputs=1).double()
    learners = DeltaRule(whole, learning_rate=0.1), DeltaRule(bare, learning_rate=0.1)
    for _ in range(5):
        learners[0].step(Batch({"x": x}, d))
        learners[1].step(Batch({"x": x}, scale.scale(d)))
    torch.testing.assert_close(whole.body.linear.weight, bare.linear.weight, rtol=0, atol=1e-15)
    torch.testing.assert_close(learners[0].loss(whole(x=x), d), learners[1].loss(bare(x), scale.scale(d)))


def test_refusals():
    with pytest.raises(UsageError, match=r"DeltaRule teaches a linear unit, got a Neuron with Sigmoid\."):
        DeltaRule(Neuron(inputs=2, activation=Sigmoid))
    with pytest.raises(UsageError, match="DeltaRule teaches Linear or Neuron or Perceptron, got Sequential"):
        DeltaRule(nn.Sequential())
    learner = DeltaRule(Linear(inputs=2, outputs=1))
    with pytest.raises(ShapeError, match=r"got outputs \(3, 1\) and targets \(3,\)\. Try targets.reshape\(3, 1\)"):
        learner.step(Batch({"x": torch.zeros(3, 2)}, torch.zeros(3)))
    with pytest.raises(DataError, match="DeltaRule: the batch has no targets"):
        learner.step(Batch({"x": torch.zeros(3, 2)}))
