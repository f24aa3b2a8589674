"""Worked number: a whole number that remembers how it was worked out.

Course: CNN-10.
"""

from __future__ import annotations

__all__ = ["WorkedNumber"]


class WorkedNumber(int):
    """An ordinary `int` that also says by which sum it came about, with the numbers put in.

    It counts, indexes and compares as any other `int`; what is computed from it is a plain `int` again.

    Args:
        value: the number.
        formula: the sum as text, without the result.

    >>> size = WorkedNumber(18, "floor((16 + 2*2 - 1*(3-1) - 1)/1) + 1")
    >>> size, size + 1, size.working
    (18, 19, 'floor((16 + 2*2 - 1*(3-1) - 1)/1) + 1 = 18')
    """

    def __new__(cls, value: int, formula: str) -> WorkedNumber:
        """Make the number."""
        return super().__new__(cls, value)

    def __init__(self, value: int, formula: str) -> None:
        super().__init__()
        self.formula = formula

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override]  # so that copies and pickles keep the sum
        return int(self), self.formula

    @property
    def working(self) -> str:
        """The sum and its result, such as ``6 - 3 + 1 = 4``."""
        return f"{self.formula} = {int(self)}"
