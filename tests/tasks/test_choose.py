import pytest

from glasswork.data.contract import Contract, SeriesFacts, TokenFacts
from glasswork.errors import DataError
from glasswork.tasks import Classification, Forecasting, LanguageModelling, Regression, from_contract, with_scale

COMMON = {"sources": ("file",), "sha256": "0", "rows": 3}


def test_each_task_from_its_contract():
    table = Contract(kind="table", task="classification", classes=("no", "yes"), positive="no", **COMMON)
    task = from_contract(table)
    assert isinstance(task, Classification)
    assert (task.outputs, task.positive) == (2, 0)
    assert from_contract(table, positive_share=0.01).primary == "average_precision"
    amount = from_contract(Contract(kind="table", task="regression", targets=("a", "b"), **COMMON))
    assert isinstance(amount, Regression)
    assert amount.outputs == 2
    facts = SeriesFacts(past=8, horizon=4)
    future = from_contract(Contract(kind="series", task="forecasting", targets=("a",), series=facts, **COMMON))
    assert isinstance(future, Forecasting)
    assert future.outputs == 4
    tokens = TokenFacts(level="char", vocabulary=("a", "b"))
    language = from_contract(Contract(kind="corpus", task="language-modelling", tokens=tokens, **COMMON))
    assert isinstance(language, LanguageModelling)
    assert language.outputs == 4


def test_every_task_answers_the_same():
    for task in (Classification(["a", "b"]), Regression(["a"]), Forecasting(["a"], 2), LanguageModelling(3)):
        assert task.direction in ("min", "max")
        assert task.monitor_direction in ("min", "max")
        assert task.primary
        assert task.monitor
        assert task.meter().compute() == {}
        assert type(task).__name__ in repr(task)


def test_only_forecasts_take_a_scale():
    task = Regression(["a"])
    assert with_scale(task, scale=None) is task


def test_missing_facts_are_named():
    with pytest.raises(DataError, match="no 'series' facts"):
        from_contract(Contract(kind="series", task="forecasting", targets=("a",), **COMMON))
    with pytest.raises(DataError, match="no 'tokens' facts"):
        from_contract(Contract(kind="corpus", task="language-modelling", **COMMON))
