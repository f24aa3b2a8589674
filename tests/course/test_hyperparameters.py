"""What the course says about settings, where one look settles it."""

import numpy as np
import pytest
import torch

from glasswork.errors import RangeError, RecipeError
from glasswork.initializers import positive_bias
from glasswork.layers import Dropout
from glasswork.learning import PerceptronTrick
from glasswork.models import MLP, Perceptron
from glasswork.runs.recipe import make_recipe
from glasswork.runs.unusual import unusual
from glasswork.training import TensorSource, train


@pytest.mark.course(
    "HP-06",
    verdict="holds under conditions",
    seen="the course's ranges contradict one another (0.1 to 0.5 dense, 0.4 to 0.5 convolutional, 0.2 to 0.5 in "
    "general), so only rates outside all of them get a note before training; rates from 1 on and below 0 are refused",
)
def test_a_dropout_outside_its_usual_range_gets_a_line():
    def lines(share):
        return unusual(make_recipe({"model": {"name": "mlp", "dropout": share}}))

    for share in (0.0, 0, 0.1, 0.2, 0.5):
        assert lines(share) == []
    assert lines(0.6) == [
        "note: model.dropout=0.6 is above 0.5, more than usually helps; 0.1 to 0.5 is usual, 0 is none"
    ]
    assert lines(0.05) == [
        "note: model.dropout=0.05 is below 0.1, less than usually helps; 0.1 to 0.5 is usual, 0 is none"
    ]
    assert unusual(make_recipe({"model": {"name": "linear"}})) == []
    for share in (1.0, -0.1):
        with pytest.raises(RangeError, match=r"Dropout: p must be in \[0, 1\)"):
            Dropout(share)
        with pytest.raises(RangeError, match=r"MLP: dropout must be in \[0, 1\)"):
            MLP(inputs=1, outputs=1, dropout=share)


@pytest.mark.course("HP-14")
def test_the_bias_of_relu_is_an_option():
    assert positive_bias(torch.empty(3)).tolist() == pytest.approx([0.01] * 3)
    assert positive_bias(torch.empty(3), value=0.1).tolist() == pytest.approx([0.1] * 3)


@pytest.mark.course(
    "HP-18",
    file="src/glasswork/learning/perceptron_trick.py",
    verdict="holds under conditions",
    seen="on separable classes 1000 steps are enough and nothing moves any more, up to 10,000; on classes that overlap "
    "the line still moves in the last 1000 of 10,000 steps, so no number of steps is enough",
)
@pytest.mark.parametrize("separable", [True, False])
def test_how_long_the_perceptron_trick_runs(separable):
    torch.manual_seed(0)
    y = torch.arange(60) % 2
    x = torch.randn(60, 2) + (8.0 if separable else 1.0) * y[:, None]

    model = Perceptron(inputs=2)
    learner, source = PerceptronTrick(model), TensorSource({"x": x}, y)
    lines = []
    for seed, steps in enumerate((1000, 8000, 1000)):
        history = train(learner, source, {"train": np.arange(60)}, steps=steps, batch_size=60, seed=seed)
        assert history.last["step"] == steps
        lines.append(torch.cat([parameter.detach().flatten() for parameter in model.parameters()]))
    assert torch.equal(lines[1], lines[2]) == separable
    assert torch.equal(lines[0], lines[1]) == separable


@pytest.mark.course("HP-18")
def test_epochs_are_a_setting_of_a_recipe():
    assert make_recipe({"training": {"epochs": 1000}}).training.epochs == 1000
    assert make_recipe({"training": {"epochs": 10_000}}).training.epochs == 10_000
    with pytest.raises(RecipeError, match=r"training\.epochs"):
        make_recipe({"training": {"epochs": 0}})
