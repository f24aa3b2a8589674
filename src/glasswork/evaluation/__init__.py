"""Evaluation: what decoded predictions are worth, with intervals; plain numpy, and JSON-able results."""

from glasswork.evaluation.bootstrap import bootstrap_intervals as bootstrap_intervals
from glasswork.evaluation.calibration import calibrate as calibrate
from glasswork.evaluation.confusion import class_table as class_table
from glasswork.evaluation.confusion import confusion_matrix as confusion_matrix
from glasswork.evaluation.confusion import most_confused as most_confused
from glasswork.evaluation.evaluate import evaluate_part as evaluate_part
from glasswork.evaluation.evaluate import evaluate_predictions as evaluate_predictions
from glasswork.evaluation.forecasts import errors_by_step as errors_by_step
from glasswork.evaluation.forecasts import example_windows as example_windows
from glasswork.evaluation.predictions import predictions_frame as predictions_frame
from glasswork.evaluation.residuals import summarise_residuals as summarise_residuals
from glasswork.evaluation.worst import worst_rows as worst_rows
from glasswork.metrics.threshold import Threshold as Threshold
from glasswork.metrics.threshold import tune_threshold as tune_threshold
