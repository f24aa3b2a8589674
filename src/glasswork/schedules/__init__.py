"""Schedules: how the learning rate moves; ``schedule(step, steps)`` is the factor of that step.

All are pure functions but `Plateau`, which listens to validation by ``observe(value)``.
"""

from glasswork.schedules.constant import Constant as Constant
from glasswork.schedules.cosine import Cosine as Cosine
from glasswork.schedules.cosine_restarts import CosineRestarts as CosineRestarts
from glasswork.schedules.exponential_decay import ExponentialDecay as ExponentialDecay
from glasswork.schedules.inverse_square_root import InverseSquareRoot as InverseSquareRoot
from glasswork.schedules.linear_decay import LinearDecay as LinearDecay
from glasswork.schedules.one_cycle import OneCycle as OneCycle
from glasswork.schedules.plateau import Plateau as Plateau
from glasswork.schedules.polynomial_decay import PolynomialDecay as PolynomialDecay
from glasswork.schedules.step_decay import StepDecay as StepDecay
