"""Baselines: the trivial rule and the cheap classical models, on the network's own split, by the same figures."""

from glasswork.baselines.autoregression import autoregression as autoregression
from glasswork.baselines.compare import compare as compare
from glasswork.baselines.gradient_boosting import gradient_boosting as gradient_boosting
from glasswork.baselines.last_value import last_value as last_value
from glasswork.baselines.ngram import bigram as bigram
from glasswork.baselines.ngram import ngram as ngram
from glasswork.baselines.ngram_model import NgramModel as NgramModel
from glasswork.baselines.pixel_logistic import pixel_logistic as pixel_logistic
from glasswork.baselines.problem import Problem as Problem
from glasswork.baselines.result import BaselineResult as BaselineResult
from glasswork.baselines.run import run_baselines as run_baselines
from glasswork.baselines.seasonal_naive import seasonal_naive as seasonal_naive
from glasswork.baselines.table_linear import table_linear as table_linear
from glasswork.baselines.text_tfidf import text_tfidf as text_tfidf
from glasswork.baselines.token_frequency import token_frequency as token_frequency
from glasswork.baselines.trivial import trivial as trivial
