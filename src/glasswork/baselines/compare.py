"""Compare: the network beside the baselines, and in one plain sentence which of them to use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glasswork.baselines.result import BaselineResult
from glasswork.checks import check_choice

__all__ = ["WORDS", "compare"]

WORDS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "log_loss": "log loss",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "mse": "MSE",
    "rmse_units": "RMSE",
    "mae_units": "MAE",
    "nats_per_token": "nats per token",
    "perplexity": "perplexity",
}
SHORT = {
    "trivial": "the trivial rule",
    "gradient_boosting": "gradient boosting",
    "last_value": "the last value",
    "seasonal_naive": "the seasonal naive rule",
    "autoregression": "linear autoregression",
    "token_frequency": "token frequencies",
    "bigram": "the bigram model",
    "ngram": "the n-gram model",
    "text_tfidf": "TF-IDF with a linear model",
    "pixel_logistic": "a linear model on pixels",
    "table_linear": "the linear model",
}
Figures = Mapping[str, Any]


def compare(
    network_metrics: Mapping[str, Any],
    results: Sequence[BaselineResult],
    primary: str,
    direction: str,
) -> dict[str, Any]:
    """Return the content of ``baselines.json``: all figures, who wins on the test part, and the sentence that says so.

    The winner has to lie outside the network's 95 % interval, where one is given; inside it there is no clear winner.

    Args:
        network_metrics: ``{"valid": {...}, "test": {...}, "seconds": ...}``; a figure is a number or
            ``{"value", "low", "high"}``. Figures without the level of parts are taken for the test part.
        results: of `run_baselines`.
        primary: the figure that decides.
        direction: ``max`` or ``min``.

    Returns:
        ``primary, direction, network, baselines, winner`` (``"network"``, a baseline's name, or None), ``sentence``.

    >>> baseline = BaselineResult("gradient_boosting", "Gradient boosting", {}, {"accuracy": 0.971}, 0.4)
    >>> compare({"test": {"accuracy": 0.986}}, [baseline], "accuracy", "max")["sentence"]
    'The network wins: accuracy 0.986 against 0.971 for gradient boosting.'
    """
    check_choice("compare", ["max", "min"], direction=direction)
    parts = network_metrics if {"valid", "test"} & set(network_metrics) else {"test": network_metrics}
    part = "test" if parts.get("test") else "valid"
    network = {name: _values(parts.get(name) or {}) for name in ("valid", "test")}
    written = {
        "primary": primary,
        "direction": direction,
        "part": part,
        "network": network | {"seconds": parts.get("seconds")},
        "baselines": [result.to_json() for result in results],
    }
    mine = network[part].get(primary)
    theirs = [(getattr(result, part)[primary], result) for result in results if primary in getattr(result, part)]
    if mine is None or not theirs:
        return written | {"winner": None, "sentence": "No baseline was compared with the network."}
    sign = 1 if direction == "max" else -1
    value, best = max(theirs, key=lambda pair: sign * pair[0])
    rival = SHORT.get(best.name, best.label)
    figure = (parts.get(part) or {}).get(primary)
    low, high = (figure["low"], figure["high"]) if isinstance(figure, Mapping) and "low" in figure else (mine, mine)
    word = WORDS.get(primary, primary)
    a, b = _said(mine, value)
    if (low <= value <= high and low < high) or value == mine:
        interval = f", within its interval {_said(low, high)[0]} to {_said(low, high)[1]}" if low < high else ""
        sentence = f"No clear winner: {word} {a} for the network, {b} for {rival}{interval}. The simpler one will do."
        winner = None
    elif sign * mine > sign * value:
        sentence, winner = f"The network wins: {word} {a} against {b} for {rival}.", "network"
    else:
        sentence = (
            f"{rival[0].upper()}{rival[1:]} wins: {word} {b} against {a} for the network. "
            "Use it, or train longer, tune the network, or give it more data."
        )
        winner = best.name
    return written | {"winner": winner, "sentence": sentence}


def _values(figures: Figures) -> dict[str, float]:
    return {
        name: figure["value"] if isinstance(figure, Mapping) else figure
        for name, figure in figures.items()
        if isinstance(figure, Mapping | float | int)
    }


def _said(one: float, other: float) -> tuple[str, str]:
    """Two numbers with as few digits as tell them apart, three at least.

    >>> _said(0.9861, 0.98612)
    ('0.98610', '0.98612')
    >>> _said(51234.2, 48711.9)
    ('51,234', '48,712')
    """
    largest = max(abs(one), abs(other))
    decimals = 0 if largest >= 1000 else 1 if largest >= 100 else 2 if largest >= 10 else 3
    while decimals < 6 and one != other and f"{one:.{decimals}f}" == f"{other:.{decimals}f}":
        decimals += 1
    return f"{one:,.{decimals}f}", f"{other:,.{decimals}f}"
