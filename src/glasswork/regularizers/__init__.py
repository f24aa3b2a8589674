"""Regularizers: what keeps weights small: penalties to add to a loss, and limits to hold after a step."""

from glasswork.regularizers.elastic_net import ElasticNet as ElasticNet
from glasswork.regularizers.elastic_net import elastic_net as elastic_net
from glasswork.regularizers.l1 import L1 as L1
from glasswork.regularizers.l1 import l1 as l1
from glasswork.regularizers.l2 import L2 as L2
from glasswork.regularizers.l2 import l2 as l2
from glasswork.regularizers.max_norm import MaxNorm as MaxNorm
from glasswork.regularizers.max_norm import max_norm as max_norm
