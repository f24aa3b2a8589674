"""Initializers: how weights begin; each fills a tensor in place and returns it."""

from glasswork.initializers.constant import constant as constant
from glasswork.initializers.he_normal import he_normal as he_normal
from glasswork.initializers.he_uniform import he_uniform as he_uniform
from glasswork.initializers.lecun_normal import lecun_normal as lecun_normal
from glasswork.initializers.normal import normal as normal
from glasswork.initializers.orthogonal import orthogonal as orthogonal
from glasswork.initializers.xavier_normal import xavier_normal as xavier_normal
from glasswork.initializers.xavier_uniform import xavier_uniform as xavier_uniform
from glasswork.initializers.zeros import zeros as zeros
