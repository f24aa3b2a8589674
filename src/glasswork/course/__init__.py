"""Course: what a deep-learning course teaches, its worked examples and its mistakes, and what became of its claims."""

from glasswork.course.claims import VERDICTS as VERDICTS
from glasswork.course.claims import Claim as Claim
from glasswork.course.claims import Verdict as Verdict
from glasswork.course.claims import claims as claims
from glasswork.course.claims import judged as judged
from glasswork.course.claims import spread as spread
from glasswork.course.coverage import Count as Count
from glasswork.course.coverage import coverage as coverage
from glasswork.course.coverage import coverage_counts as coverage_counts
from glasswork.course.items import Item as Item
from glasswork.course.items import Mistake as Mistake
from glasswork.course.items import groups as groups
from glasswork.course.items import item as item
from glasswork.course.items import items as items
from glasswork.course.items import mistakes as mistakes
from glasswork.course.worked import worked as worked
from glasswork.course.worked import worked_examples as worked_examples
