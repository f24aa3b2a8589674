"""Losses: how wrong a prediction is; functions that return a mean (or sum, or none), modules that remember settings.

Course: LOSS-20.
"""

from glasswork.losses.absolute_error import AbsoluteError as AbsoluteError
from glasswork.losses.absolute_error import absolute_error as absolute_error
from glasswork.losses.absolute_error import absolute_error_formula as absolute_error_formula
from glasswork.losses.absolute_percentage_error import AbsolutePercentageError as AbsolutePercentageError
from glasswork.losses.absolute_percentage_error import absolute_percentage_error as absolute_percentage_error
from glasswork.losses.absolute_percentage_error import (
    absolute_percentage_error_formula as absolute_percentage_error_formula,
)
from glasswork.losses.binary_cross_entropy import BinaryCrossEntropy as BinaryCrossEntropy
from glasswork.losses.binary_cross_entropy import binary_cross_entropy as binary_cross_entropy
from glasswork.losses.binary_cross_entropy import binary_cross_entropy_formula as binary_cross_entropy_formula
from glasswork.losses.binary_cross_entropy_from_probabilities import (
    BinaryCrossEntropyFromProbabilities as BinaryCrossEntropyFromProbabilities,
)
from glasswork.losses.binary_cross_entropy_from_probabilities import (
    binary_cross_entropy_from_probabilities as binary_cross_entropy_from_probabilities,
)
from glasswork.losses.binary_cross_entropy_from_probabilities import (
    binary_cross_entropy_from_probabilities_formula as binary_cross_entropy_from_probabilities_formula,
)
from glasswork.losses.cross_entropy import CrossEntropy as CrossEntropy
from glasswork.losses.cross_entropy import cross_entropy as cross_entropy
from glasswork.losses.cross_entropy import cross_entropy_formula as cross_entropy_formula
from glasswork.losses.discriminator_loss import DiscriminatorLoss as DiscriminatorLoss
from glasswork.losses.discriminator_loss import discriminator_loss as discriminator_loss
from glasswork.losses.discriminator_loss import discriminator_loss_formula as discriminator_loss_formula
from glasswork.losses.error_energy import ErrorEnergy as ErrorEnergy
from glasswork.losses.error_energy import error_energy as error_energy
from glasswork.losses.error_energy import error_energy_formula as error_energy_formula
from glasswork.losses.exponential import Exponential as Exponential
from glasswork.losses.exponential import exponential as exponential
from glasswork.losses.exponential import exponential_formula as exponential_formula
from glasswork.losses.focal import Focal as Focal
from glasswork.losses.focal import focal as focal
from glasswork.losses.focal import focal_formula as focal_formula
from glasswork.losses.hinge import Hinge as Hinge
from glasswork.losses.hinge import hinge as hinge
from glasswork.losses.hinge import hinge_formula as hinge_formula
from glasswork.losses.huber import Huber as Huber
from glasswork.losses.huber import huber as huber
from glasswork.losses.huber import huber_formula as huber_formula
from glasswork.losses.kl_divergence import KLDivergence as KLDivergence
from glasswork.losses.kl_divergence import kl_divergence as kl_divergence
from glasswork.losses.kl_divergence import kl_divergence_formula as kl_divergence_formula
from glasswork.losses.log_cosh import LogCosh as LogCosh
from glasswork.losses.log_cosh import log_cosh as log_cosh
from glasswork.losses.log_cosh import log_cosh_formula as log_cosh_formula
from glasswork.losses.minimax_generator_loss import MinimaxGeneratorLoss as MinimaxGeneratorLoss
from glasswork.losses.minimax_generator_loss import minimax_generator_loss as minimax_generator_loss
from glasswork.losses.minimax_generator_loss import minimax_generator_loss_formula as minimax_generator_loss_formula
from glasswork.losses.multi_class_hinge import MultiClassHinge as MultiClassHinge
from glasswork.losses.multi_class_hinge import multi_class_hinge as multi_class_hinge
from glasswork.losses.multi_class_hinge import multi_class_hinge_formula as multi_class_hinge_formula
from glasswork.losses.non_saturating_generator_loss import NonSaturatingGeneratorLoss as NonSaturatingGeneratorLoss
from glasswork.losses.non_saturating_generator_loss import (
    non_saturating_generator_loss as non_saturating_generator_loss,
)
from glasswork.losses.non_saturating_generator_loss import (
    non_saturating_generator_loss_formula as non_saturating_generator_loss_formula,
)
from glasswork.losses.perceptron_criterion import PerceptronCriterion as PerceptronCriterion
from glasswork.losses.perceptron_criterion import perceptron_criterion as perceptron_criterion
from glasswork.losses.perceptron_criterion import perceptron_criterion_formula as perceptron_criterion_formula
from glasswork.losses.quantile import Quantile as Quantile
from glasswork.losses.quantile import quantile as quantile
from glasswork.losses.quantile import quantile_formula as quantile_formula
from glasswork.losses.scaled_loss import Scale as Scale
from glasswork.losses.scaled_loss import ScaledLoss as ScaledLoss
from glasswork.losses.squared_error import SquaredError as SquaredError
from glasswork.losses.squared_error import squared_error as squared_error
from glasswork.losses.squared_error import squared_error_formula as squared_error_formula
from glasswork.losses.squared_hinge import SquaredHinge as SquaredHinge
from glasswork.losses.squared_hinge import squared_hinge as squared_hinge
from glasswork.losses.squared_hinge import squared_hinge_formula as squared_hinge_formula
from glasswork.losses.squared_triplet import SquaredTriplet as SquaredTriplet
from glasswork.losses.squared_triplet import squared_triplet as squared_triplet
from glasswork.losses.squared_triplet import squared_triplet_formula as squared_triplet_formula
from glasswork.losses.triplet import Triplet as Triplet
from glasswork.losses.triplet import triplet as triplet
from glasswork.losses.triplet import triplet_formula as triplet_formula
