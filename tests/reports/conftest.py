"""Fabricates small run folders, one for each kind of question, by the rooms that write the real ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from glasswork.baselines import BaselineResult, compare
from glasswork.data.contract import CategoryColumn, Column, Contract, ImageFacts, SeriesFacts, TokenFacts
from glasswork.evaluation import evaluate_predictions, predictions_frame, tune_threshold

KINDS = ("binary", "many-classes", "hundred-classes", "regression", "text", "forecast", "language")
NASTY = "<script>alert('class')</script>"
DIRECTION = {"accuracy": "max", "average_precision": "max", "rmse": "min", "mse": "min", "nats_per_token": "min"}


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def classes_of(names, count, skill, rng):
    targets = rng.integers(0, len(names), count)
    logits = rng.normal(size=(count, len(names))) * 1.3
    logits[np.arange(count), targets] += skill
    return softmax(logits), targets


def contract(kind, task, **facts):
    return Contract(kind=kind, task=task, sha256="9f2c41aa0b7d55e1" * 4, **facts)


def write(folder, name, value):
    (folder / name).write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def rows(count, file):
    return pl.DataFrame({"file": [file] * count, "row": np.arange(1, count + 1) * 3})


def fabricate(base: Path, kind: str) -> Path:
    """Write a run folder of one kind below `base`."""
    rng = np.random.default_rng(KINDS.index(kind))
    folder = base / "runs" / f"{kind}-example"
    folder.mkdir(parents=True)
    facts, evaluation, frame, baselines, model = globals()[f"_{kind.replace('-', '_')}"](rng)
    primary = evaluation["primary"]
    network = {"valid": evaluation["metrics"], "test": evaluation["metrics"], "seconds": 41.7}
    write(folder, "data.json", facts.model_dump(mode="json"))
    write(folder, "evaluation.json", evaluation)
    write(folder, "baselines.json", compare(network, baselines, primary, DIRECTION[primary]))
    write(folder, "findings.json", {"findings": FINDINGS if kind in ("binary", "language") else []})
    write(
        folder,
        "environment.json",
        {
            "python": "3.11.7",
            "system": "Linux 6.1",
            "processor": "AMD EPYC",
            "cores": 2,
            "memory_gb": 16.8,
            "packages": {"torch": "2.13.0", "numpy": "2.4.6"},
            "choices": {"threads": 1, "precision": "float32", "channels_last": False},
        },
    )
    frame.write_parquet(folder / "predictions.parquet")
    pl.DataFrame(
        {"file": ["a"] * 10, "row": range(10), "part": ["train"] * 7 + ["valid", "test", "test"]}
    ).write_parquet(folder / "split.parquet")
    recipe = {
        "seed": 0,
        "task": facts.task,
        "data": {"paths": list(facts.sources)},
        "model": {"name": model, "hidden": [128, 64], "dropout": 0.1},
        "optimizer": {"name": "adamw", "lr": 0.002, "weight_decay": 0.01},
        "training": {"epochs": 24, "batch_size": 128},
    }
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    value = evaluation["metrics"][primary]["value"]
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as file:
        for step in range(20, 2401, 20):
            loss = 0.35 + 1.8 * np.exp(-step / 350) + 0.05 * rng.normal()
            line = {"event": "step", "step": step, "epoch": step / 100, "time": step / 60, "train/loss": loss}
            line |= {"train/learning_rate": 0.002 * (1 + np.cos(np.pi * step / 2400)) / 2 * min(1, step / 200)}
            line |= {"train/gradient_norm": float(np.exp(rng.normal() * 0.4) * (0.6 + 3 * np.exp(-step / 200)))}
            file.write(json.dumps(line) + "\n")
            if step % 100 == 0:
                valid = 0.42 + 1.6 * np.exp(-step / 330) + step / 30000 + 0.01 * rng.normal()
                figure = (
                    value * (1 - 0.4 * np.exp(-step / 400))
                    if DIRECTION[primary] == "max"
                    else value * (1 + 2 * np.exp(-step / 400))
                )
                line = {"event": "epoch", "step": step, "epoch": step // 100, "time": step / 60, "valid/loss": valid}
                file.write(json.dumps(line | {f"valid/{primary}": figure + 0.002 * rng.normal()}) + "\n")
    return folder


FINDINGS = [
    {
        "fault": "class-imbalance",
        "severity": "warning",
        "confidence": 0.9,
        "where": "column income",
        "step": None,
        "evidence": "24 % of the rows are '>50K', so always answering '<=50K' scores 0.76.",
        "advice": "Judge it by average precision or F1, not by accuracy.",
        "treatments": [],
    },
    {
        "fault": "exploding-gradient",
        "severity": "critical",
        "confidence": 0.97,
        "where": "body.layers.0.weight",
        "step": 1340,
        "evidence": "The gradient norm reached 812, 96 times the median of all earlier steps.",
        "advice": "Clip the gradient norm at 2.4, its own 90th percentile.",
        "treatments": [],
    },
    {
        "fault": "duplicate-rows",
        "severity": "note",
        "confidence": 1.0,
        "where": "adult-train.csv.gz",
        "evidence": "24 rows occur more than once; they were kept in one part.",
        "advice": "Nothing needs to be done.",
        "treatments": [],
    },
]


def _result(name, label, seconds, **figures):
    return BaselineResult(name, label, figures, figures, seconds)


def _binary(rng):
    count = 1800
    targets = (rng.random(count) < 0.16).astype(np.int64)
    logit = -2.0 + 2.6 * targets + rng.normal(size=count) * 1.1
    positive = 1 / (1 + np.exp(-logit))
    decoded = {"probabilities": np.stack([1 - positive, positive], axis=1)}
    facts = contract(
        "table",
        "classification",
        sources=("data/adult-train.csv.gz",),
        rows=32561,
        targets=("income",),
        classes=("<=50K", ">50K"),
        positive=">50K",
        numbers=("age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week"),
        codes=(
            CategoryColumn(name="workclass", categories=tuple("abcdefgh")),
            CategoryColumn(name="education", categories=tuple("abcdefghijklmnop")),
            CategoryColumn(name="marital_status", categories=tuple("abcdefg")),
        ),
        columns=(Column(name="id", kind="number", role="ignored", why="different in every row"),),
    )
    threshold = tune_threshold(decoded["probabilities"], targets)
    evaluation = evaluate_predictions(
        "classification", facts, decoded, targets, rows=rows(count, "adult-train.csv.gz"), threshold=threshold
    )
    better = evaluation["metrics"]["accuracy"]["value"]
    baselines = [
        _result("trivial", "Always '<=50K' (the most frequent class)", 0.0, accuracy=0.84, f1=0.0, roc_auc=0.5),
        _result("table_linear", "Logistic regression", 0.4, accuracy=better - 0.02, f1=0.61, roc_auc=0.9),
        _result("gradient_boosting", "Gradient boosting", 0.9, accuracy=better + 0.003, f1=0.69, roc_auc=0.93),
    ]
    return facts, evaluation, predictions_frame(facts, decoded, targets), baselines, "mlp"


def _many_classes(rng, names=None):
    names = names or ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"]
    probabilities, targets = classes_of(names, 3000, 4.5, rng)
    facts = contract(
        "images",
        "classification",
        sources=("fashion-mnist",),
        rows=70000,
        classes=tuple(names),
        targets=("label",),
        image=ImageFacts(height=28, width=28, channels=1),
    )
    decoded = {"probabilities": probabilities}
    evaluation = evaluate_predictions("classification", facts, decoded, targets, rows=rows(3000, "t10k-images"))
    baselines = [
        _result("trivial", f"Always {names[0]!r} (the most frequent class)", 0.0, accuracy=0.1, log_loss=2.303),
        _result("pixel_logistic", "Logistic regression on pixels (10,000 of 55,000 images)", 2.1, accuracy=0.842),
    ]
    return facts, evaluation, predictions_frame(facts, decoded, targets), baselines, "convnet"


def _hundred_classes(rng):
    return _many_classes(rng, [f"species {k:02d} {'x' * (k % 5)}" for k in range(48)])


def _regression(rng):
    count = 2400
    targets = np.exp(rng.normal(size=(count, 1)) * 0.5 + 12).clip(max=500_001)
    values = targets * np.exp(rng.normal(size=(count, 1)) * 0.2)
    facts = contract(
        "table",
        "regression",
        sources=("california-housing.csv.gz",),
        rows=20640,
        targets=("median_house_value",),
        numbers=("longitude", "latitude", "housing_median_age", "total_rooms", "median_income"),
        codes=(CategoryColumn(name="ocean_proximity", categories=("INLAND", "ISLAND", "NEAR BAY")),),
    )
    decoded = {"values": values}
    evaluation = evaluate_predictions(
        "regression", facts, decoded, targets, rows=rows(count, "california-housing.csv.gz")
    )
    value = evaluation["metrics"]["rmse"]["value"]
    baselines = [
        _result("trivial", "Always the training mean", 0.0, rmse=value * 2.2, mae=91_000, r2=0.0),
        _result("table_linear", "Linear regression (ridge)", 0.1, rmse=value * 1.3, mae=49_000, r2=0.64),
        _result("gradient_boosting", "Gradient boosting", 1.4, rmse=value * 0.88, mae=31_000, r2=0.83),
    ]
    return facts, evaluation, predictions_frame(facts, decoded, targets), baselines, "mlp"


def _text(rng):
    names = [NASTY, "ham & eggs", "spam"]
    probabilities, targets = classes_of(names, 900, 3.0, rng)
    facts = contract(
        "text",
        "classification",
        sources=("SMSSpamCollection",),
        rows=5574,
        classes=tuple(names),
        targets=("label",),
        tokens=TokenFacts(level="word", lower=True, vocabulary=tuple(f"w{i}" for i in range(4000)), max_tokens=64),
    )
    texts = [
        f"Free entry {i} <b>now</b>! Text WIN to 87121 & claim, or <img src=x onerror=alert(1)> " * 3
        for i in range(900)
    ]
    decoded = {"probabilities": probabilities}
    evaluation = evaluate_predictions(
        "classification", facts, decoded, targets, rows=rows(900, "SMSSpamCollection"), texts=texts
    )
    baselines = [
        _result("trivial", f"Always {NASTY!r} (the most frequent class)", 0.0, accuracy=0.34),
        _result("text_tfidf", "TF-IDF and logistic regression", 0.3, accuracy=0.71),
    ]
    return facts, evaluation, predictions_frame(facts, decoded, targets), baselines, "text_cnn"


def _forecast(rng):
    length, past, horizon = 2600, 168, 48
    time = np.arange(length)
    drifting = 12 + 5 * np.sin(time / 24 * 2 * np.pi) + np.cumsum(rng.normal(size=length)) * 0.1
    daily = 50 + 9 * np.cos(time / 24 * 2 * np.pi) + rng.normal(size=length) * 2
    series = np.stack([drifting + rng.normal(size=length) * 0.6, daily], axis=1).astype(np.float32)
    facts = contract(
        "series",
        "forecasting",
        sources=("ETTh1.csv.gz",),
        rows=length,
        targets=("OT", "HUFL"),
        series=SeriesFacts(past=past, horizon=horizon, time="date", step="1h", season=24),
    )
    origins = np.arange(2000, length - horizon)
    futures = series[origins[:, None] + np.arange(horizon)]
    drift = np.linspace(0.2, 1.3, horizon)[None, :, None]
    values = (
        futures
        + np.cumsum(rng.normal(size=futures.shape), axis=1) * 0.12
        + drift * rng.normal(size=(len(origins), 1, 2))
    )
    decoded = {"values": values}
    evaluation = evaluate_predictions(
        "forecasting", facts, decoded, futures, scale=series[:2000].std(axis=0), series=series, origins=origins
    )
    value = evaluation["metrics"]["mse"]["value"]
    baselines = [
        _result("last_value", "Last value", 0.0, mse=value * 4.4, mae=1.1),
        _result("seasonal_naive", "Seasonal naive (one season = 24 rows)", 0.0, mse=value * 1.7, mae=0.6),
        _result("autoregression", "Linear autoregression on 168 rows", 0.3, mse=value * 1.12, mae=0.45),
    ]
    return facts, evaluation, predictions_frame(facts, decoded, futures, origins=origins), baselines, "nlinear"


def _language(rng):
    facts = contract(
        "corpus",
        "language-modelling",
        sources=("tinyshakespeare.txt",),
        rows=1_115_394,
        tokens=TokenFacts(level="char", vocabulary=tuple(chr(i) for i in range(33, 98)), context=128),
    )
    nats = rng.gamma(1.1, 1.5, size=(800, 128)) * (0.9 + 1.1 * np.exp(-np.arange(128) / 12))
    samples = [
        {
            "prompt": "ROMEO:\n",
            "text": "What say you, sir? the day is past, my lord,\nAnd I will <em>not</em> be spoke withal.\n",
        },
        {
            "prompt": "",
            "text": "First Citizen:\nWe are the people of the house of York,\nAnd so the king hath sent to thee.\n",
        },
    ]
    evaluation = evaluate_predictions("language-modelling", facts, {"nats": nats}, None, samples=samples)
    value = evaluation["metrics"]["nats_per_token"]["value"]
    baselines = [
        _result("token_frequency", "Token frequencies (unigram)", 0.1, nats_per_token=3.35, perplexity=28.4),
        _result("bigram", "Bigram", 0.1, nats_per_token=2.51, perplexity=12.3),
        _result("ngram", "5-gram (interpolated)", 0.9, nats_per_token=value * 1.08, perplexity=np.exp(value * 1.08)),
    ]
    return facts, evaluation, predictions_frame(facts, {"nats": nats}), baselines, "gpt"


@pytest.fixture
def make_run(tmp_path):
    """Return a function that fabricates a run folder of one of `KINDS`."""
    return lambda kind: fabricate(tmp_path, kind)


@pytest.fixture(params=KINDS)
def any_run(request, tmp_path):
    """A run folder of each kind in turn."""
    return fabricate(tmp_path, request.param)
