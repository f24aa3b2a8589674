"""Threshold: the unit of McCulloch and Pitts fires or does not; nothing lies between.

Also called: step, Heaviside, hard limiter.

Course: ACT-16, NL-02.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_choice

__all__ = ["Threshold", "threshold_formula"]

AT_ZERO = ("fires", "rests")


class Threshold(nn.Module):
    r"""Answers 1 from 0 on, and 0 below it; at 0 itself the two conventions differ, and either can be had.

    .. math:: f(x) = \begin{cases} 1 & x \ge 0 \\ 0 & x < 0 \end{cases}

    Derivative:

    .. math:: f'(x) = 0

    everywhere but at 0, where there is none; 0 is taken there too. So no gradient gets past this unit: it learns by the
    perceptron's rules, not by back-propagation.

    Args:
        at_zero: ``fires``: f(0) = 1, as in the formula, the convention of McCulloch & Pitts; ``rests``: f(0) = 0, where
            the sum must exceed the threshold.

    Shapes: any shape in, the same shape out.

    Source: McCulloch & Pitts 1943, "A Logical Calculus of the Ideas Immanent in Nervous Activity".
    Differs from ``torch.nn.Threshold``, which lets large values pass unchanged; ``torch.heaviside`` has no gradient.

    >>> import torch
    >>> Threshold()(torch.tensor([-0.5, 0.0, 2.0]))
    tensor([0., 1., 1.])
    >>> Threshold(at_zero="rests")(torch.tensor([-0.5, 0.0, 2.0]))
    tensor([0., 0., 1.])
    """

    def __init__(self, *, at_zero: str = "fires") -> None:
        super().__init__()
        check_choice("Threshold", AT_ZERO, at_zero=at_zero)
        self.at_zero = at_zero

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation of `x`."""
        # Rounding has slope 0, where a comparison has none at all and the backward pass would fail; it is also several
        # times faster, and keeps a NaN visible. What follows changes the values alone.
        if self.at_zero == "fires":
            whole = x.floor()
            whole.detach().add_(1).clamp_(0, 1)
        else:
            whole = x.ceil()
            whole.detach().clamp_(0, 1).abs_()  # -0.5 is rounded up to -0
        return whole

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"at_zero={self.at_zero!r}"


def threshold_formula(x: Tensor, *, at_zero: str = "fires") -> Tensor:
    """The same in plain operations, without a gradient.

    >>> import torch
    >>> threshold_formula(torch.tensor([-0.5, 0.0, 2.0]))
    tensor([0., 1., 1.])
    """
    return (x >= 0 if at_zero == "fires" else x > 0).to(x.dtype)
