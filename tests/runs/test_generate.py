"""Generate: the prompt first, then tokens of the vocabulary; the same seed, the same text."""

import pytest
import torch

from glasswork import tasks
from glasswork.errors import RangeError, UsageError
from glasswork.runs.defaults import settle
from glasswork.runs.generate import generate
from glasswork.runs.network import build_network
from glasswork.runs.recipe import make_recipe


def network_of(kind, data_of, prepared_of, model):
    prepared = prepared_of(kind)
    recipe = settle(make_recipe({"data": data_of(kind), "model": model}), prepared)
    torch.manual_seed(0)
    network = build_network(recipe, prepared.contract, tasks.from_contract(prepared.contract))
    return network, prepared.contract


def test_a_text_goes_on_from_its_prompt(data_of, prepared_of):
    network, contract = network_of("corpus", data_of, prepared_of, {"width": 8, "heads": 2, "layers": 1})
    text = generate(network, contract, prompt="la ", length=25, seed=3)
    assert text.startswith("la ")
    assert len(text) == 3 + 25
    assert set(text) <= set("lai o.\n")
    assert text == generate(network, contract, prompt="la ", length=25, seed=3)
    assert text != generate(network, contract, prompt="la ", length=25, seed=4)


def test_refusals(data_of, prepared_of):
    network, contract = network_of("corpus", data_of, prepared_of, {"width": 8, "heads": 2, "layers": 1})
    with pytest.raises(RangeError):
        generate(network, contract, prompt="la", length=0)
    with pytest.raises(RangeError):
        generate(network, contract, prompt="la", length=1, temperature=0.0)
    table, facts = network_of("table", data_of, prepared_of, {"hidden": [4]})
    with pytest.raises(UsageError, match="does not write text"):
        generate(table, facts, prompt="la", length=3)
