"""Activations: the curve a unit's input sum goes through; on torch's kernel where there is one, with its formula.

Course: ACT-01, ACT-02, ACT-17, ACT-19.
"""

from glasswork.activations.elu import ELU as ELU
from glasswork.activations.elu import elu_formula as elu_formula
from glasswork.activations.gelu import GELU as GELU
from glasswork.activations.gelu import gelu_formula as gelu_formula
from glasswork.activations.hard_sigmoid import HardSigmoid as HardSigmoid
from glasswork.activations.hard_sigmoid import hard_sigmoid_formula as hard_sigmoid_formula
from glasswork.activations.hard_swish import HardSwish as HardSwish
from glasswork.activations.hard_swish import hard_swish_formula as hard_swish_formula
from glasswork.activations.hard_tanh import HardTanh as HardTanh
from glasswork.activations.hard_tanh import hard_tanh_formula as hard_tanh_formula
from glasswork.activations.identity import Identity as Identity
from glasswork.activations.identity import identity_formula as identity_formula
from glasswork.activations.leaky_relu import LeakyReLU as LeakyReLU
from glasswork.activations.leaky_relu import leaky_relu_formula as leaky_relu_formula
from glasswork.activations.log_softmax import LogSoftmax as LogSoftmax
from glasswork.activations.log_softmax import log_softmax_formula as log_softmax_formula
from glasswork.activations.logistic import Logistic as Logistic
from glasswork.activations.logistic import logistic_formula as logistic_formula
from glasswork.activations.maxout import Maxout as Maxout
from glasswork.activations.maxout import maxout_formula as maxout_formula
from glasswork.activations.parametric_relu import ParametricReLU as ParametricReLU
from glasswork.activations.parametric_relu import parametric_relu_formula as parametric_relu_formula
from glasswork.activations.relu import ReLU as ReLU
from glasswork.activations.relu import relu_formula as relu_formula
from glasswork.activations.selu import SELU as SELU
from glasswork.activations.selu import selu_formula as selu_formula
from glasswork.activations.sigmoid import Sigmoid as Sigmoid
from glasswork.activations.sigmoid import sigmoid_formula as sigmoid_formula
from glasswork.activations.silu import SiLU as SiLU
from glasswork.activations.silu import silu_formula as silu_formula
from glasswork.activations.softmax import Softmax as Softmax
from glasswork.activations.softmax import softmax_formula as softmax_formula
from glasswork.activations.softplus import Softplus as Softplus
from glasswork.activations.softplus import softplus_formula as softplus_formula
from glasswork.activations.stochastic import Stochastic as Stochastic
from glasswork.activations.stochastic import firing_probability as firing_probability
from glasswork.activations.stochastic import stochastic_formula as stochastic_formula
from glasswork.activations.tanh import Tanh as Tanh
from glasswork.activations.tanh import tanh_formula as tanh_formula
from glasswork.activations.threshold import Threshold as Threshold
from glasswork.activations.threshold import threshold_formula as threshold_formula
