"""What NeuralClassifier and NeuralRegressor share: a multi-layer perceptron behind scikit-learn's protocol."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from glasswork.checks import check_above, check_at_least

if TYPE_CHECKING:
    from glasswork.layers import Network, TargetScale

__all__ = ["Neural"]


class Neural(BaseEstimator):
    """Settings and steps that both estimators have; not for use on its own."""

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (64, 64),
        activation: str = "relu",
        dropout: float = 0.0,
        number_embedding: Literal["none", "piecewise-linear", "periodic"] = "none",
        lr: float = 3e-3,
        weight_decay: float = 1e-4,
        batch_size: int = 32,
        epochs: int = 60,
        validation_share: float | None = None,
        patience: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.number_embedding = number_embedding
        self.lr = lr
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_share = validation_share
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        """Say that missing numbers are welcome, and that the weights depend on a seed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.non_deterministic = False
        return tags

    def _learn(self, X: np.ndarray, targets: np.ndarray, *, outputs: int, loss: Any, scale: bool) -> None:
        """Build the network, fit its statistics and train it; the caller's random numbers are left as they were."""
        import torch

        from glasswork import catalog
        from glasswork.layers import Network, TableInputs, TargetScale
        from glasswork.losses import ScaledLoss
        from glasswork.models import MLP
        from glasswork.optimizers import AdamW
        from glasswork.schedules import Cosine
        from glasswork.training import fit

        check_above(type(self).__name__, 0, lr=self.lr)
        check_at_least(type(self).__name__, 1, batch_size=self.batch_size, epochs=self.epochs)
        numbers = torch.from_numpy(np.array(X, dtype=np.float32))
        wanted = torch.from_numpy(np.array(targets))
        with _own_randomness(check_random_state(self.random_state).randint(2**31 - 1)) as seed:
            inputs = TableInputs(numbers=X.shape[1], number_embedding=self.number_embedding).fit(numbers=numbers)
            target: TargetScale | None = TargetScale(outputs).fit(wanted) if scale else None
            body = MLP(
                inputs=inputs.outputs,
                outputs=outputs,
                hidden=list(self.hidden),
                activation=catalog.find("activations", self.activation),
                dropout=self.dropout,
            )
            network = Network(inputs=inputs, body=body, target=target)
            self.history_ = fit(
                network,
                ({"numbers": numbers}, wanted),
                loss=loss if target is None else ScaledLoss(loss, target),
                optimizer=AdamW(network.parameters(), lr=self.lr, weight_decay=self.weight_decay),
                schedule=Cosine(),
                epochs=self.epochs,
                batch_size=min(self.batch_size, len(X)),
                valid=self.validation_share,
                patience=self.patience,
                seed=seed,
                progress=bool(self.verbose),
            )
        self.network_: Network = network.eval()

    def _answer(self, X: Any) -> np.ndarray:
        """Return the network's outputs in float64, so that no answer hangs on its neighbours in a batch."""
        import torch

        check_is_fitted(self, "network_")
        rows = validate_data(self, X, reset=False, dtype="numeric", ensure_all_finite="allow-nan")
        network = deepcopy(self.network_).double()
        with torch.inference_mode():
            numbers = torch.from_numpy(np.array(rows, dtype=np.float32)).double()
            return np.concatenate([network(numbers=part).numpy() for part in numbers.split(4096)])


@contextmanager
def _own_randomness(seed: int) -> Iterator[int]:
    """Lend the global generators to the training, and give them back as they were."""
    import torch

    before = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002 - lent by torch users
    torch.manual_seed(seed)
    try:
        yield seed
    finally:
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        random.setstate(before[2])
