"""Schedules: how the learning rate moves; ``schedule(step, steps)`` is the factor of that step, a pure function."""

from glasswork.schedules.constant import Constant as Constant
from glasswork.schedules.cosine import Cosine as Cosine
from glasswork.schedules.exponential_decay import ExponentialDecay as ExponentialDecay
from glasswork.schedules.linear_decay import LinearDecay as LinearDecay
from glasswork.schedules.one_cycle import OneCycle as OneCycle
from glasswork.schedules.step_decay import StepDecay as StepDecay
