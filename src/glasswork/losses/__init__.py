"""Losses: how wrong a prediction is; functions that return a mean, and modules that remember their settings."""

from glasswork.losses.absolute_error import AbsoluteError as AbsoluteError
from glasswork.losses.absolute_error import absolute_error as absolute_error
from glasswork.losses.absolute_error import absolute_error_formula as absolute_error_formula
from glasswork.losses.binary_cross_entropy import BinaryCrossEntropy as BinaryCrossEntropy
from glasswork.losses.binary_cross_entropy import binary_cross_entropy as binary_cross_entropy
from glasswork.losses.binary_cross_entropy import binary_cross_entropy_formula as binary_cross_entropy_formula
from glasswork.losses.cross_entropy import CrossEntropy as CrossEntropy
from glasswork.losses.cross_entropy import cross_entropy as cross_entropy
from glasswork.losses.cross_entropy import cross_entropy_formula as cross_entropy_formula
from glasswork.losses.focal import Focal as Focal
from glasswork.losses.focal import focal as focal
from glasswork.losses.huber import Huber as Huber
from glasswork.losses.huber import huber as huber
from glasswork.losses.huber import huber_formula as huber_formula
from glasswork.losses.log_cosh import LogCosh as LogCosh
from glasswork.losses.log_cosh import log_cosh as log_cosh
from glasswork.losses.scaled_loss import Scale as Scale
from glasswork.losses.scaled_loss import ScaledLoss as ScaledLoss
from glasswork.losses.squared_error import SquaredError as SquaredError
from glasswork.losses.squared_error import squared_error as squared_error
from glasswork.losses.squared_error import squared_error_formula as squared_error_formula
