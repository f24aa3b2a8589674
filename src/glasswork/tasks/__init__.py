"""Tasks: what the question is: how many outputs, which loss and metrics, and how outputs are read."""

from glasswork.tasks.choose import from_contract as from_contract
from glasswork.tasks.choose import with_scale as with_scale
from glasswork.tasks.classification import Classification as Classification
from glasswork.tasks.classification import ClassificationMeter as ClassificationMeter
from glasswork.tasks.forecasting import Forecasting as Forecasting
from glasswork.tasks.forecasting import ForecastingMeter as ForecastingMeter
from glasswork.tasks.language_modelling import LanguageModelling as LanguageModelling
from glasswork.tasks.language_modelling import LanguageModellingMeter as LanguageModellingMeter
from glasswork.tasks.regression import Regression as Regression
from glasswork.tasks.regression import RegressionMeter as RegressionMeter
from glasswork.tasks.task import Meter as Meter
from glasswork.tasks.task import Task as Task
