"""Optimizers: how weights move; subclasses of ``torch.optim.Optimizer`` that load no compiler."""

from glasswork.optimizers.adam import Adam as Adam
from glasswork.optimizers.adam import adam_update as adam_update
from glasswork.optimizers.adamw import AdamW as AdamW
from glasswork.optimizers.adamw import adamw_update as adamw_update
from glasswork.optimizers.muon import Muon as Muon
from glasswork.optimizers.muon import is_matrix as is_matrix
from glasswork.optimizers.muon import muon_update as muon_update
from glasswork.optimizers.muon import orthogonalize as orthogonalize
from glasswork.optimizers.optimizer import Optimizer as Optimizer
from glasswork.optimizers.optimizer import Parameters as Parameters
from glasswork.optimizers.sgd import SGD as SGD
from glasswork.optimizers.sgd import sgd_update as sgd_update
