"""Dropout: units fall silent at random in training, so that none can rely on another.

Course: REG-05, REG-06, HP-06.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_between

__all__ = ["Dropout", "dropout_formula"]


class Dropout(nn.Dropout):
    r"""Silences each unit with probability p in training, and makes up for it at once; does nothing at prediction.

    .. math:: y_i = \frac{m_i\,x_i}{1 - p}, \qquad P(m_i = 1) = 1 - p

    This is the inverted form: what comes out has the same mean in training and at prediction, so nothing needs to be
    scaled later. `ClassicDropout` is the form that scales at prediction instead.

    Derivative:

    .. math:: \frac{\partial y_i}{\partial x_i} = \frac{m_i}{1 - p}

    Args:
        p: the share silenced; in [0, 1). Usual: 0.2 after inputs, up to 0.5 after hidden layers.

    Shapes: any shape in, the same shape out.

    Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, "Dropout".

    Differs from ``torch.nn.Dropout`` in refusing p = 1, which would leave nothing.

    >>> import torch
    >>> _ = torch.manual_seed(0)
    >>> Dropout(0.2)(torch.ones(5))  # who is heard says 1 / 0.8
    tensor([0.0000, 1.2500, 1.2500, 0.0000, 1.2500])
    >>> Dropout(0.2).eval()(torch.ones(5))
    tensor([1., 1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5) -> None:
        check_between("Dropout", 0, 1, include_high=False, p=p)
        super().__init__(p)


def dropout_formula(x: Tensor, keep: Tensor, *, p: float) -> Tensor:
    """The training step in plain operations; `keep` says which units are heard, True with probability 1 - p.

    >>> import torch
    >>> dropout_formula(torch.tensor([1.0, 2.0]), torch.tensor([True, False]), p=0.2)
    tensor([1.2500, 0.0000])
    """
    return x * keep / (1 - p)
