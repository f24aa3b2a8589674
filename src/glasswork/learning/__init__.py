"""One step of learning: whatever improves from a batch."""

from glasswork.learning.ema import EMA as EMA
from glasswork.learning.gradient_descent import GradientDescent as GradientDescent
from glasswork.learning.learner import Learner as Learner
