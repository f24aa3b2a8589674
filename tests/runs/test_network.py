"""Build and fit: sizes from the data, settings from the recipe, statistics from training rows alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from glasswork import tasks
from glasswork.data import Ragged
from glasswork.errors import RecipeError, UsageError
from glasswork.runs.defaults import settle
from glasswork.runs.network import build_network, build_part, fit_network
from glasswork.runs.recipe import Part, make_recipe, override

KINDS = ("table", "numbers", "images", "text", "series")


def network_of(prepared, data, changes=None):
    recipe = settle(make_recipe(override({"data": data}, changes or {})), prepared)
    torch.manual_seed(0)
    network = build_network(recipe, prepared.contract, tasks.from_contract(prepared.contract))
    fit_network(network, prepared)
    return network


def spoiled(prepared):
    """Return the same data with other values in all rows that do not train."""
    train, examples = prepared.parts["train"], prepared.examples
    facts = prepared.contract.series
    inputs = {}
    for name, values in examples.inputs.items():
        if isinstance(values, Ragged):
            flat = values.flat.copy()
            kept = np.zeros(len(flat), dtype=bool)
            for i in train:
                kept[values.offsets[i] : values.offsets[i + 1]] = True
            flat[~kept] = 2
            inputs[name] = Ragged(flat, values.offsets)
            continue
        changed = np.array(values)
        other = np.ones(len(changed), dtype=bool)
        if facts is not None:
            other[: train.max() + facts.horizon] = False
        else:
            other[train] = False
        changed[other] = 77
        inputs[name] = changed
    targets = None if examples.targets is None else np.array(examples.targets)
    if targets is not None:
        other = np.ones(len(targets), dtype=bool)
        other[train] = False
        targets[other] = 0 if targets.dtype.kind == "i" else -1e6
    return replace(prepared, examples=replace(examples, inputs=inputs, targets=targets))


@pytest.mark.parametrize("kind", KINDS)
def test_statistics_come_from_training_rows_only(kind, data_of, prepared_of):
    prepared = prepared_of(kind)
    ours = network_of(prepared, data_of(kind)).state_dict()
    same = network_of(spoiled(prepared), data_of(kind)).state_dict()
    assert all(torch.equal(tensor, same[name]) for name, tensor in ours.items())
    swapped = {**prepared.parts, "train": prepared.parts["test"], "test": prepared.parts["train"]}
    other = network_of(replace(prepared, parts=swapped), data_of(kind)).state_dict()
    assert any(not torch.equal(tensor, other[name]) for name, tensor in ours.items())


def test_the_target_s_scale_by_hand(data_of, prepared_of):
    prepared = prepared_of("numbers")
    target = network_of(prepared, data_of("numbers")).target
    values = prepared.examples.targets[prepared.parts["train"]].astype(np.float64)
    assert target.mean.item() == pytest.approx(values.mean(), rel=1e-6)
    assert target.deviation.item() == pytest.approx(values.std(), rel=1e-5)


def test_inputs_reach_the_preprocessing(data_of, prepared_of):
    network = network_of(
        prepared_of("table"), data_of("table"), {"inputs": {"number_embedding": "none", "one_hot_limit": 9}}
    )
    # 2 numbers and one-hot slots for 2 colours; nothing is missing in training, indicators stand all the same
    assert network.inputs.outputs == network.inputs.numbers.outputs + 2


def test_preprocessing_that_this_data_does_not_have(data_of, prepared_of):
    with pytest.raises(RecipeError, match=r"no key 'scalling' in inputs; did you mean 'scaling'\?"):
        network_of(prepared_of("table"), data_of("table"), {"inputs": {"scalling": "robust"}})
    with pytest.raises(RecipeError, match="no key 'numbers' in inputs"):
        network_of(prepared_of("table"), data_of("table"), {"inputs": {"numbers": 3}})
    with pytest.raises(RecipeError, match="Known: none for this data"):
        network_of(prepared_of("text"), data_of("text"), {"inputs": {"scaling": "robust"}})


def test_a_model_for_other_data_names_those_that_fit(data_of, prepared_of):
    with pytest.raises(UsageError, match=r"model 'gpt' needs vocabulary, context, which a table.*Models for it: .*mlp"):
        network_of(prepared_of("table"), data_of("table"), {"model": "gpt"})


def test_a_setting_named_after_a_room_is_found_there():
    from glasswork.activations import Tanh

    model = build_part("models", Part(name="mlp", hidden=[3], activation="tanh"), inputs=2, outputs=1)
    assert any(isinstance(module, Tanh) for module in model.modules())
