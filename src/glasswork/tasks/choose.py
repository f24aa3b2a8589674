"""From a data contract to the task it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glasswork.errors import DataError
from glasswork.losses.scaled_loss import Scale
from glasswork.tasks.classification import Classification
from glasswork.tasks.forecasting import Forecasting
from glasswork.tasks.language_modelling import LanguageModelling
from glasswork.tasks.regression import Regression
from glasswork.tasks.task import Task

if TYPE_CHECKING:
    from glasswork.data import Contract

__all__ = ["from_contract", "with_scale"]


def from_contract(contract: Contract, *, positive_share: float | None = None) -> Task:
    """Return the task of a contract.

    Args:
        contract: what is known of the data.
        positive_share: of two classes, the positive one's share of the training examples, where it is known.

    Raises:
        DataError: the contract lacks a fact that its task needs.
    """
    if contract.task == "classification":
        return Classification(contract.classes, contract.positive, positive_share=positive_share)
    if contract.task == "regression":
        return Regression(contract.targets)
    if contract.task == "forecasting":
        if contract.series is None:
            raise DataError("the data contract asks for forecasting and has no 'series' facts (past, horizon).")
        return Forecasting(contract.targets, contract.series.horizon)
    if contract.tokens is None:
        raise DataError("the data contract asks for language modelling and has no 'tokens' facts (vocabulary).")
    return LanguageModelling(contract.tokens.size)


def with_scale(task: Task, scale: Scale) -> Task:
    """Return the task with its standardised metrics measured by `scale`; other tasks as they are.

    >>> from glasswork.tasks.regression import Regression
    >>> with_scale(Regression(["price"]), scale=None)
    Regression(['price'])
    """
    return Forecasting(task.targets, task.horizon, scale=scale) if isinstance(task, Forecasting) else task
