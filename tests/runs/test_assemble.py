"""Assemble: the same recipe makes the same objects, every setting reaches them, and refusals come early."""

import pytest
import torch

from glasswork.errors import RangeError, RecipeError
from glasswork.runs.assemble import assemble, try_out
from glasswork.runs.defaults import settle
from glasswork.runs.recipe import make_recipe, override

CPU = torch.device("cpu")
SMALL = {
    "table": {"model": {"hidden": [8]}},
    "numbers": {"model": {"hidden": [8]}},
    "images": {"model": {"name": "convnet"}},
    "text": {},
    "series": {},
    "corpus": {"model": {"width": 8, "heads": 2, "layers": 1}},
}


@pytest.fixture
def made(data_of, prepared_of):
    def make(kind, changes=None):
        values = override(override({"data": data_of(kind)}, SMALL[kind]), changes or {})
        prepared = prepared_of(kind)
        return assemble(settle(make_recipe(values), prepared), prepared, device=CPU), prepared

    return make


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("precision", ["float32", "float64", "bf16", "fp16"])
def test_every_kind_learns_in_every_precision(made, kind, precision):
    assembly, prepared = made(kind, {"training": {"precision": precision}})
    wanted = torch.float64 if precision == "float64" else torch.float32
    assert all(weight.dtype == wanted for weight in assembly.network.parameters())
    before = [weight.detach().clone() for weight in assembly.network.parameters()]
    assembly.learner.steps = 100
    for _ in range(4):  # fp16 may skip its first steps, until its loss scale fits
        record = assembly.learner.step(assembly.source.batch(prepared.parts["train"][:8], epoch=1))
        assert record.loss.isfinite()
    assembly.learner.check()
    moved = [not torch.equal(old, new) for old, new in zip(before, assembly.network.parameters(), strict=True)]
    assert any(moved)


def test_the_same_recipe_gives_the_same_weights_whatever_was_drawn_before(made):
    first = made("table")[0].network.state_dict()
    torch.rand(17)
    second = made("table")[0].network.state_dict()
    other = made("table", {"seed": 1})[0].network.state_dict()
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    assert any(not torch.equal(tensor, other[name]) for name, tensor in first.items())


def test_the_learner_s_settings(made):
    settings = {"clip_norm": 0.5, "clip_value": 0.25, "accumulate": 3, "ema": 0.9, "precision": "bf16"}
    learner = made("table", {"training": settings})[0].learner
    assert (learner.clip_norm, learner.clip_value, learner.accumulate, learner.precision) == (0.5, 0.25, 3, "bf16")
    assert learner.ema.decay == 0.9
    assert learner.evaluated is not learner.model
    off = made("table", {"training": {"clip_norm": None, "ema": None}})[0].learner
    assert (off.clip_norm, off.ema) == (None, None)


def test_weight_decay_is_for_matrices(made):
    groups = made("table", {"optimizer": {"weight_decay": 0.3}})[0].learner.optimizer.param_groups
    decays = {weight.ndim >= 2: group["weight_decay"] for group in groups for weight in group["params"]}
    assert decays == {True: 0.3, False: 0.0}


def test_loss_settings_and_class_weights_by_hand(made):
    by_name = made("table", {"loss": {"label_smoothing": 0.2, "class_weight": {"yes": 3}}})[0].learner.loss
    assert by_name.label_smoothing == 0.2
    assert torch.as_tensor(by_name.class_weight).tolist() == [1.0, 3.0]
    in_order = made("table", {"loss": {"class_weight": [2, 5]}})[0].learner.loss
    assert torch.as_tensor(in_order.class_weight).tolist() == [2.0, 5.0]
    assembly, prepared = made("table", {"loss": {"class_weight": "balanced"}})
    codes = prepared.examples.targets[prepared.parts["train"]]
    wanted = [len(codes) / (2 * (codes == k).sum()) for k in (0, 1)]
    assert torch.as_tensor(assembly.learner.loss.class_weight).tolist() == pytest.approx(wanted)


def test_classes_that_are_numbers_take_weights_too():
    from glasswork.data import DataOptions, prepare
    from glasswork.runs.assemble import _class_weight

    prepared = prepare(DataOptions())
    prepared = type(prepared)(
        type(prepared.examples)(
            prepared.contract.model_copy(update={"classes": ("0", "1")}),
            prepared.examples.inputs,
            prepared.examples.targets,
            prepared.examples.rows,
        ),
        prepared.parts,
    )
    assert _class_weight({0: 2.0}, None, prepared).tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("kind", "loss", "said"),
    [
        ("numbers", {"class_weight": "balanced"}, "takes no class_weight"),
        ("table", {"class_weight": {"maybe": 2}}, r"no class 'maybe'. Classes: no, yes"),
        ("table", {"class_weight": [1]}, "one number from 0 for each of the 2 classes"),
        ("table", {"class_weight": ["a", "b"]}, "one number from 0 for each of the 2 classes"),
        ("table", {"class_weight": [1, -1]}, "one number from 0 for each of the 2 classes"),
        ("corpus", {"class_weight": "balanced"}, "is for classification"),
    ],
)
def test_class_weights_that_do_not_fit(made, kind, loss, said):
    with pytest.raises(RecipeError, match=said):
        made(kind, {"loss": loss})


@pytest.mark.parametrize(
    "changes",
    [{"optimizer": {"lr": -1.0}}, {"schedule": {"warmup": 3.0}}, {"loss": {"name": "focal", "gamma": -1.0}}],
)
def test_try_out_refuses_what_a_constructor_refuses(data_of, prepared_of, changes):
    prepared = prepared_of("table")
    recipe = settle(make_recipe(override({"data": data_of("table")}, changes)), prepared)
    with pytest.raises(RangeError):
        try_out(recipe, prepared)
