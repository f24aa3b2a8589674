"""Regularizers: what keeps a network from learning noise: penalties for a loss, limits after a step, an early stop.

Dropout and noise work inside a network: they are layers.
"""

from glasswork.regularizers.early_stopping import EarlyStopping as EarlyStopping
from glasswork.regularizers.elastic_net import ElasticNet as ElasticNet
from glasswork.regularizers.elastic_net import elastic_net as elastic_net
from glasswork.regularizers.l1 import L1 as L1
from glasswork.regularizers.l1 import l1 as l1
from glasswork.regularizers.l2 import L2 as L2
from glasswork.regularizers.l2 import l2 as l2
from glasswork.regularizers.max_norm import MaxNorm as MaxNorm
from glasswork.regularizers.max_norm import max_norm as max_norm
from glasswork.regularizers.ridge import Ridge as Ridge
from glasswork.regularizers.ridge import ridge as ridge
from glasswork.regularizers.soft_threshold import SoftThreshold as SoftThreshold
from glasswork.regularizers.soft_threshold import soft_threshold as soft_threshold
from glasswork.regularizers.soft_threshold import soft_threshold_formula as soft_threshold_formula
from glasswork.regularizers.sparsity import sparsity as sparsity
