"""Budget: which steps are looked at closely, so that watching costs a small share of the training's time."""

from __future__ import annotations

__all__ = ["Budget"]

FIRST = 10  # steps that are always seen: the loop's mistakes show there
SPACING = 1.02  # at most: about 50 samples, then 115 for every tenfold of steps
LONG = 1e-3  # seconds; a step that takes longer is long
SHARE_LONG = 0.025  # of a long step's time; the rest of 5 % is for what is seen at every step
SHARE_SHORT = 0.12
ALLOWANCE = 0.05  # seconds in all, whatever the steps take: a short training is seen about 24 times a tenfold of steps
SPACING_ALLOWED = 1.1


class Budget:
    """Decides after each step whether the next one is sampled; one an optimizer.

    >>> budget = Budget()
    >>> [budget.next(step, seconds=0.01, own=0.2) for step in (1, 9, 10)]  # the first ten in any case, then nothing
    [True, True, False]
    >>> budget.next(400, seconds=40.0, own=0.0)
    True
    """

    def __init__(self, share: float | None = None) -> None:
        self.share = share
        self.steps = 0
        self.elapsed = 0.0
        self.spent = 0.0
        self.cost = 0.0
        self.last = 0

    def next(self, step: int, *, seconds: float, own: float) -> bool:
        """Whether step ``step + 1`` is sampled.

        Args:
            step: how many steps there have been.
            seconds: what the training itself took since the last call.
            own: what watching took since the last call.
        """
        if step >= FIRST:
            self.elapsed += seconds
            self.steps += 1
        if own > 0:
            self.cost = own if not self.cost else max(own, 0.7 * self.cost + 0.3 * own)
        if step < FIRST:
            self.last = step + 1
            return True
        if step > FIRST:
            self.spent += own
        usual = self.elapsed / self.steps
        share = self.share or (SHARE_LONG if usual >= LONG else SHARE_SHORT)
        planned = self.spent + self.cost
        wanted = step + 1 >= self.last * SPACING and planned <= share * self.elapsed
        allowed = step + 1 >= self.last * SPACING_ALLOWED and planned <= ALLOWANCE
        if not (wanted or allowed):
            return False
        self.last = step + 1
        return True
