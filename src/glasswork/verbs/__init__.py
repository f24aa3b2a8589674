"""What one asks for: functions that the front door and the command line both call."""

from glasswork.verbs.check import check as check
from glasswork.verbs.check import check_recipe as check_recipe
from glasswork.verbs.console import Console as Console
from glasswork.verbs.doctor import doctor as doctor
from glasswork.verbs.doctor import explain as explain
from glasswork.verbs.evaluate import evaluate as evaluate
from glasswork.verbs.init import init as init
from glasswork.verbs.init import write_recipe as write_recipe
from glasswork.verbs.list import list_coverage as list_coverage
from glasswork.verbs.list import list_parts as list_parts
from glasswork.verbs.predict import predict as predict
from glasswork.verbs.predict import write_predictions as write_predictions
from glasswork.verbs.report import report as report
from glasswork.verbs.run import Run as Run
from glasswork.verbs.run import open_run as open_run
from glasswork.verbs.show import Page as Page
from glasswork.verbs.show import picture_of as picture_of
from glasswork.verbs.show import show as show
from glasswork.verbs.show import write_page as write_page
from glasswork.verbs.trace import LESSONS as LESSONS
from glasswork.verbs.trace import Traced as Traced
from glasswork.verbs.trace import trace as trace
from glasswork.verbs.train import resume as resume
from glasswork.verbs.train import train as train
from glasswork.verbs.train import train_recipe as train_recipe
