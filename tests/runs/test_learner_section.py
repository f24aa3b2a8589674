"""The recipe's learner: rules of their own train like everything else, and what does not fit is refused."""

import pytest
import torch

from glasswork import learning, losses, models
from glasswork.errors import RangeError, RecipeError, UnknownNameError, UsageError
from glasswork.runs.assemble import assemble, try_out
from glasswork.runs.defaults import check_names, settle
from glasswork.runs.recipe import make_recipe
from glasswork.runs.signed_loss import SignedLoss
from glasswork.runs.strict_yaml import read_yaml
from glasswork.verbs import train

CPU = torch.device("cpu")


@pytest.fixture
def settled(data_of, prepared_of):
    def make(kind, **sections):
        recipe = make_recipe({"data": data_of(kind), **sections})
        check_names(recipe)
        return settle(recipe, prepared_of(kind)), prepared_of(kind)

    return make


@pytest.mark.parametrize(
    ("kind", "sections", "learner", "model"),
    [
        ("table", {"learner": "perceptron_trick"}, learning.PerceptronTrick, models.Perceptron),
        ("table", {"learner": "perceptron-convergence"}, learning.PerceptronConvergence, models.Perceptron),
        ("table", {"learner": "delta_rule"}, learning.DeltaRule, models.Perceptron),
        ("numbers", {"learner": "delta_rule"}, learning.DeltaRule, models.Linear),
        ("table", {"learner": "memory_based"}, learning.MemoryBased, models.NearestNeighbours),
        (
            "table",
            {"model": {"name": "nearest_neighbours", "neighbours": 3}},
            learning.MemoryBased,
            models.NearestNeighbours,
        ),
        ("images", {"learner": "memory_based"}, learning.MemoryBased, models.NearestNeighbours),
        ("table", {"model": "perceptron"}, learning.GradientDescent, models.Perceptron),
        ("table", {"learner": "gradient_descent"}, learning.GradientDescent, models.MLP),
    ],
)
def test_a_learner_brings_the_model_that_it_teaches(settled, kind, sections, learner, model):
    recipe, prepared = settled(kind, **sections)
    try_out(recipe, prepared)
    assembly = assemble(recipe, prepared, device=CPU)
    assert type(assembly.learner) is learner
    assert type(assembly.network.body) is model
    record = assembly.learner.step(assembly.source.batch(prepared.parts["train"][:8], epoch=1))
    assert record.loss.isfinite()


def test_settings_reach_the_learner_and_the_memory_has_a_place_for_each_example(settled):
    recipe, prepared = settled("table", learner={"name": "delta_rule", "learning_rate": 0.25})
    assert assemble(recipe, prepared, device=CPU).learner.learning_rate == 0.25
    recipe, prepared = settled("table", learner="memory_based")
    assert len(assemble(recipe, prepared, device=CPU).network.body.examples) == len(prepared.parts["train"])
    assert recipe.training.epochs == 1


@pytest.mark.parametrize("learner", ["perceptron_trick", "delta_rule", "memory_based"])
def test_what_is_written_is_valid_input_and_says_nothing_of_gradient_descent(settled, learner):
    recipe, prepared = settled("table", learner=learner)
    values = read_yaml(recipe.to_yaml(), source="again")
    assert not {"loss", "optimizer", "schedule"} & set(values)
    again = make_recipe(values)
    check_names(again)
    assert settle(again, prepared) == recipe


@pytest.mark.parametrize(
    ("kind", "sections", "error", "said"),
    [
        ("table", {"learner": "delta_rul"}, UnknownNameError, "no learner 'delta_rul'; did you mean 'delta_rule'"),
        (
            "table",
            {"learner": "ema"},
            RecipeError,
            "learner 'ema' is for use in Python; a recipe takes gradient_descent",
        ),
        ("table", {"learner": {"learning_rate": 1}}, RecipeError, r"learner\.learning_rate needs learner\.name"),
        (
            "table",
            {"learner": {"name": "delta_rule", "lr": 1}},
            RecipeError,
            r"delta_rule: no setting 'lr'.*learning_rate",
        ),
        (
            "table",
            {"learner": {"name": "gradient_descent", "clip_norm": 1}},
            RecipeError,
            "has no setting 'clip_norm' here",
        ),
        ("table", {"learner": "delta_rule", "optimizer": "adam"}, RecipeError, "no use for optimizer; leave one"),
        ("table", {"learner": "delta_rule", "loss": "huber"}, RecipeError, "no use for loss"),
        ("table", {"learner": "delta_rule", "training": {"ema": 0.9}}, RecipeError, r"no use for training\.ema"),
        (
            "table",
            {"learner": "delta_rule", "training": {"accumulate": 2}},
            RecipeError,
            r"no use for training\.accumulate",
        ),
        ("table", {"learner": "delta_rule", "training": {"precision": "bf16"}}, RecipeError, r"training\.precision"),
        (
            "table",
            {"learner": "perceptron_trick", "model": "mlp"},
            RecipeError,
            "teaches model 'perceptron', not 'mlp'",
        ),
        ("numbers", {"learner": "perceptron_trick"}, RecipeError, "answers classification, this is regression"),
        ("series", {"learner": "delta_rule"}, RecipeError, "answers classification or regression, this is forecasting"),
        ("numbers", {"model": "nearest_neighbours"}, RecipeError, "learner memory_based answers classification"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_made(settled, kind, sections, error, said):
    with pytest.raises(error, match=said):
        settled(kind, **sections)


@pytest.mark.parametrize(
    ("sections", "error", "said"),
    [
        ({"learner": {"name": "delta_rule", "learning_rate": -1.0}}, RangeError, "learning_rate must be > 0"),
        ({"learner": {"name": "delta_rule", "learning_rate": "fast"}}, RecipeError, "should be a valid number"),
        (
            {"learner": "delta_rule", "inputs": {"number_embedding": "periodic"}},
            UsageError,
            "teaches the model, not the inputs",
        ),
        ({"learner": "memory_based", "model": {"neighbours": 9999}}, RangeError, r"neighbours must be in \[1, "),
    ],
)
def test_a_try_refuses_the_rest(settled, sections, error, said):
    recipe, prepared = settled("table", **sections)
    with pytest.raises(error, match=said):
        try_out(recipe, prepared)


@pytest.mark.parametrize("loss", ["perceptron_criterion", "hinge", "squared_hinge", "exponential"])
def test_a_loss_of_sides_trains_two_classes_by_gradient_descent(data_of, tmp_path, loss):
    run = train(
        data_of("table")["paths"],
        target="y",
        out=tmp_path,
        quiet=True,
        model="perceptron",
        loss=loss,
        optimizer={"name": "sgd", "lr": 0.1},
        training={"epochs": 20},
        evaluation={"baselines": False},
    )
    assert run.metrics["accuracy"] > 0.8


def test_a_loss_of_sides_by_hand():
    scores, classes = torch.tensor([[1.0, 3.0], [0.0, 0.5]]), torch.tensor([1, 0])
    loss = SignedLoss(losses.PerceptronCriterion())
    assert loss(scores, classes).item() == 0.25  # 2 is on its side; 0.5 is not: (0 + 0.5) / 2
    assert loss(scores, classes, weights=torch.tensor([3.0, 1.0])).item() == 0.125


@pytest.mark.parametrize(("kind", "said"), [("numbers", "this is regression"), ("series", "this is forecasting")])
def test_a_loss_of_sides_needs_two_classes(settled, kind, said):
    recipe, prepared = settled(kind, loss="hinge")
    with pytest.raises(RecipeError, match=f"loss 'hinge' tells two classes apart, {said}"):
        try_out(recipe, prepared)


@pytest.mark.parametrize("model", ["perceptron", "logistic_regression"])
def test_three_classes_are_too_many_for_one_line(settled, tmp_path, model):
    rows = "\n".join(f"{(i * 37) % 53 / 7:.3f},{'abc'[i % 3]}" for i in range(90))
    (tmp_path / "t.csv").write_text("x,y\n" + rows + "\n")
    with pytest.raises(RangeError, match=r"outputs must be 2, got outputs=3\. Use Linear for more classes"):
        train(tmp_path / "t.csv", target="y", model=model, out=tmp_path, quiet=True)
    assert not list(tmp_path.glob("*/recipe.yaml"))


@pytest.mark.parametrize("learner", ["perceptron_convergence", "memory_based"])
def test_a_run_from_data_to_a_judged_network(data_of, tmp_path, learner):
    paths = data_of("table")["paths"]
    run = train(paths, target="y", out=tmp_path, quiet=True, learner=learner, evaluation={"baselines": False})
    assert run.metrics["accuracy"] > 0.8
    assert run.recipe.learner.name == learner
    again = train(paths, target="y", out=tmp_path, quiet=True, learner=learner, evaluation={"baselines": False})
    assert run.metrics == again.metrics
