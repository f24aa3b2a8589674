"""Activations: the curve a unit's input sum goes through; each on torch's kernel, its formula beside it."""

from glasswork.activations.elu import ELU as ELU
from glasswork.activations.elu import elu_formula as elu_formula
from glasswork.activations.gelu import GELU as GELU
from glasswork.activations.gelu import gelu_formula as gelu_formula
from glasswork.activations.identity import Identity as Identity
from glasswork.activations.identity import identity_formula as identity_formula
from glasswork.activations.leaky_relu import LeakyReLU as LeakyReLU
from glasswork.activations.leaky_relu import leaky_relu_formula as leaky_relu_formula
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
from glasswork.activations.tanh import Tanh as Tanh
from glasswork.activations.tanh import tanh_formula as tanh_formula
