import json

import pytest

from glasswork.baselines import BaselineResult, compare
from glasswork.errors import UnknownNameError

TRIVIAL = BaselineResult("trivial", "Always 'no'", {"accuracy": 0.6}, {"accuracy": 0.61}, 0.0)
BOOSTED = BaselineResult("gradient_boosting", "Gradient boosting", {"accuracy": 0.96}, {"accuracy": 0.971}, 0.8)


def network(value, low=None, high=None, name="accuracy"):
    figure = value if low is None else {"value": value, "low": low, "high": high}
    return {"valid": {name: value}, "test": {name: figure}, "seconds": 12.0}


def test_the_network_wins():
    found = compare(network(0.986, 0.98, 0.99), [TRIVIAL, BOOSTED], "accuracy", "max")
    assert found["sentence"] == "The network wins: accuracy 0.986 against 0.971 for gradient boosting."
    assert found["winner"] == "network"
    assert json.loads(json.dumps(found)) == found
    assert found["network"]["test"] == {"accuracy": 0.986}
    assert found["baselines"][1]["label"] == "Gradient boosting"


def test_a_baseline_wins():
    found = compare(network(0.93, 0.92, 0.94), [TRIVIAL, BOOSTED], "accuracy", "max")
    assert found["winner"] == "gradient_boosting"
    assert found["sentence"].startswith(
        "Gradient boosting wins: accuracy 0.971 against 0.930 for the network. Use it, or"
    )


def test_inside_the_interval_nobody_wins():
    found = compare(network(0.975, 0.96, 0.985), [TRIVIAL, BOOSTED], "accuracy", "max")
    assert found["winner"] is None
    assert found["sentence"] == (
        "No clear winner: accuracy 0.975 for the network, 0.971 for gradient boosting, "
        "within its interval 0.960 to 0.985. The simpler one will do."
    )


def test_lower_can_be_better():
    naive = BaselineResult("last_value", "Last value", {}, {"mse": 0.9}, 0.0)
    assert compare(network(0.4, name="mse"), [naive], "mse", "min")["winner"] == "network"
    assert compare(network(1.4, name="mse"), [naive], "mse", "min")["winner"] == "last_value"


def test_small_differences_show_their_digits():
    close = BaselineResult("trivial", "", {}, {"accuracy": 0.98611}, 0.0)
    assert "0.98614 against 0.98611" in compare(network(0.98614), [close], "accuracy", "max")["sentence"]


def test_figures_without_parts_are_those_of_the_test_part():
    assert compare({"accuracy": 0.99}, [BOOSTED], "accuracy", "max")["winner"] == "network"


def test_nothing_to_compare_with():
    found = compare(network(0.9), [], "accuracy", "max")
    assert found["winner"] is None
    assert found["sentence"] == "No baseline was compared with the network."


def test_refusal():
    with pytest.raises(UnknownNameError, match="no direction 'maximum'; did you mean 'max'"):
        compare(network(0.9), [], "accuracy", "maximum")
