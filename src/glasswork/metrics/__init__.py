"""Metrics: how good a model is, in the figures that people compare; tensors in, a scalar out."""

from glasswork.metrics.accuracy import accuracy as accuracy
from glasswork.metrics.average_precision import average_precision as average_precision
from glasswork.metrics.balanced_accuracy import balanced_accuracy as balanced_accuracy
from glasswork.metrics.f1 import f1 as f1
from glasswork.metrics.log_loss import log_loss as log_loss
from glasswork.metrics.mae import mae as mae
from glasswork.metrics.mse import mse as mse
from glasswork.metrics.r2 import r2 as r2
from glasswork.metrics.rmse import rmse as rmse
from glasswork.metrics.roc_auc import roc_auc as roc_auc
