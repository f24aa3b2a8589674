"""Budget: which steps are looked at closely, so that watching costs a small share of the training's time."""

from __future__ import annotations

__all__ = ["Budget"]

FIRST = 10  # steps that are always seen: the loop's mistakes show there
SPACING = 1.02  # at most: about 50 samples, then 115 for every tenfold of steps
LONG = 1e-3  # seconds; a step that takes longer is long
SHARE_LONG = 0.02  # of a long step's time at most; so that with what is seen at every step it is …
WHOLE_LONG = 0.025  # … this, but …
LEAST_LONG = 0.005
HIDDEN = 1.5e-5  # seconds a step that watching takes and cannot measure: calls that pass through it
SHARE_SHORT = 0.08
ALLOWANCE = 0.05  # seconds in all, whatever the steps take: a short training is seen about 24 times a tenfold of steps
SPACING_ALLOWED = 1.1
ALLOWANCE_SHORT, SPACING_SHORT = 0.04, 1.12
# Whatever was spent: so that no training goes unseen to its end, some steps, and those after an evaluation.
SPACING_ALWAYS_LONG, SPACING_ALWAYS_SHORT = 2.0, 1.5
SPACING_EVALUATIONS, EVALUATIONS = 1.4, 4
SURPRISED, SURPRISES = 4, 5  # steps after the model has changed, as often


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
        self._passing = 0.0
        self._cheapest = 0.0
        self._allowed = 0.0
        self._again: float = 0  # no step before this one is looked at
        self._evaluations = 0
        self._evaluated = 0
        self._owed = 0
        self._surprises = 0

    def evaluated(self) -> bool:
        """See an evaluation end; return whether the next two steps are sampled."""
        self._evaluations += 1
        affordable = self.spent + 2 * self.cost <= self._share() * self.elapsed
        often = self._evaluations > EVALUATIONS and self._evaluations < self._evaluated * SPACING_EVALUATIONS
        if often and not affordable:
            return False
        self._evaluated = self._evaluations
        self._owed = 1
        return True

    def surprised(self) -> None:
        """See the model change: the next steps are sampled, unless it changes again and again."""
        self._surprises += 1
        if self._surprises <= SURPRISES:
            self._owed = SURPRISED

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
        if self.last == step:
            if own > 0:  # where other programs disturb, the least is what it really takes
                self.cost = max(own, 0.7 * self.cost + 0.3 * own)
                self._cheapest = min(own, self._cheapest) if self._cheapest else own
            if step > FIRST:
                self._allowed += self._cheapest
        else:
            self._passing = min(own, 1.05 * self._passing) if self._passing else own
        if step < FIRST:
            self.last = step + 1
            return True
        if step > FIRST:
            self.spent += own
        if step + 1 < self._again and not self._owed:
            return False
        if not (self._owed or self._wanted(step + 1)):
            self._again = step + 2 + step // 100
            return False
        self._owed = max(0, self._owed - 1)
        self.last = step + 1
        self._again = self.last * SPACING
        return True

    def _wanted(self, step: int) -> bool:
        short = self.elapsed < LONG * self.steps
        if step >= self.last * (SPACING_ALWAYS_SHORT if short else SPACING_ALWAYS_LONG):
            return True
        if self.spent + self.cost <= self._share() * self.elapsed:
            return True
        spacing, allowance = (SPACING_SHORT, ALLOWANCE_SHORT) if short else (SPACING_ALLOWED, ALLOWANCE)
        return step >= self.last * spacing and self._allowed + self._cheapest <= allowance

    def _share(self) -> float:
        if self.share:
            return self.share
        usual = self.elapsed / self.steps if self.steps else 0.0
        if usual < LONG:
            return SHARE_SHORT
        return max(LEAST_LONG, min(SHARE_LONG, WHOLE_LONG - (self._passing + HIDDEN) / usual))
