"""Initializers: how weights begin; each fills a tensor in place and returns it."""

from glasswork.initializers.by_activation import by_activation as by_activation
from glasswork.initializers.by_activation import initializer_for as initializer_for
from glasswork.initializers.constant import constant as constant
from glasswork.initializers.fan_in_scaled import fan_in_scaled as fan_in_scaled
from glasswork.initializers.fan_in_uniform import fan_in_uniform as fan_in_uniform
from glasswork.initializers.he_normal import he_normal as he_normal
from glasswork.initializers.he_uniform import he_uniform as he_uniform
from glasswork.initializers.identity import identity as identity
from glasswork.initializers.large_random import large_random as large_random
from glasswork.initializers.lecun_normal import lecun_normal as lecun_normal
from glasswork.initializers.lecun_uniform import lecun_uniform as lecun_uniform
from glasswork.initializers.network import initialize as initialize
from glasswork.initializers.normal import normal as normal
from glasswork.initializers.orthogonal import orthogonal as orthogonal
from glasswork.initializers.positive_bias import positive_bias as positive_bias
from glasswork.initializers.small_random import small_random as small_random
from glasswork.initializers.truncated_normal import truncated_normal as truncated_normal
from glasswork.initializers.uniform import uniform as uniform
from glasswork.initializers.xavier_normal import xavier_normal as xavier_normal
from glasswork.initializers.xavier_uniform import xavier_uniform as xavier_uniform
from glasswork.initializers.zeros import zeros as zeros
