"""One step of learning: whatever improves from a batch."""

from glasswork.learning.backpropagation import Backpropagation as Backpropagation
from glasswork.learning.backpropagation import Signals as Signals
from glasswork.learning.backpropagation import backpropagate as backpropagate
from glasswork.learning.clip_norm import clip_norm as clip_norm
from glasswork.learning.clip_norm import clip_norm_formula as clip_norm_formula
from glasswork.learning.clip_value import clip_value as clip_value
from glasswork.learning.clip_value import clip_value_formula as clip_value_formula
from glasswork.learning.competitive_learning import CompetitiveLearning as CompetitiveLearning
from glasswork.learning.competitive_learning import competitive_update as competitive_update
from glasswork.learning.delta_rule import DeltaRule as DeltaRule
from glasswork.learning.delta_rule import delta_update as delta_update
from glasswork.learning.ema import EMA as EMA
from glasswork.learning.gradient_descent import GradientDescent as GradientDescent
from glasswork.learning.learner import Learner as Learner
from glasswork.learning.memory_based import MemoryBased as MemoryBased
from glasswork.learning.perceptron_convergence import PerceptronConvergence as PerceptronConvergence
from glasswork.learning.perceptron_trick import PerceptronTrick as PerceptronTrick
from glasswork.learning.perceptron_trick import perceptron_update as perceptron_update
from glasswork.learning.self_organising import SelfOrganising as SelfOrganising
from glasswork.learning.self_organising import self_organising_update as self_organising_update
from glasswork.learning.truncated_backpropagation import TruncatedBackpropagation as TruncatedBackpropagation
