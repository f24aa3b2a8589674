"""Reports: what is already in a run folder, as a page and as a card; computes nothing."""

from glasswork.reports.cure_page import write_cure_page as write_cure_page
from glasswork.reports.model_card import write_model_card as write_model_card
from glasswork.reports.report import write_report as write_report
