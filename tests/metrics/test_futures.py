import numpy as np
import polars as pl
import pytest

from glasswork.data.contract import Contract, SeriesFacts
from glasswork.data.dataset import Examples, Prepared
from glasswork.errors import DataError
from glasswork.metrics.futures import future_windows, training_scale

FACTS = SeriesFacts(past=2, horizon=3)


def prepared(series=FACTS):
    values = np.stack([np.arange(12.0), np.full(12, 7.0), np.zeros(12)], axis=1).astype(np.float32)
    contract = Contract(
        kind="series", task="forecasting", sources=(), sha256="", rows=12, targets=("a", "b"), series=series
    )
    parts = {"train": np.array([2, 3]), "valid": np.array([6]), "test": np.array([9])}
    return Prepared(Examples(contract, {"series": values}, None, pl.DataFrame()), parts)


def test_by_hand():
    futures = future_windows(prepared(), np.array([6, 9]))
    assert futures[:, :, 0].tolist() == [[6, 7, 8], [9, 10, 11]]
    assert futures.shape == (2, 3, 2)  # covariates are not forecast
    mean, deviation = training_scale(prepared())
    assert mean.tolist() == [2.5, 7.0]  # rows 0 to 5: the last training window ends there
    assert deviation.tolist() == [pytest.approx(np.std(np.arange(6))), 1.0]  # what never varies is left as it is


@pytest.mark.parametrize("function", [training_scale, lambda data: future_windows(data, np.array([0]))])
def test_refuses_what_is_no_series(function):
    with pytest.raises(DataError, match="expected a series"):
        function(prepared(series=None))
