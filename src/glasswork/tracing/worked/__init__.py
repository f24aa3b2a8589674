"""Worked: the course's worked examples that describe a step, done again by the trace, and all of them in full as text.

>>> from glasswork.tracing.worked import lesson
>>> found = lesson("WE-30")
>>> found.numbers, [step.check().ok for _, step in found.steps]
({'a': 7.0, 'da_dw': 3.0, 'da_db': 1.0}, [True])
"""

from glasswork.tracing.worked.lesson import Lesson as Lesson
from glasswork.tracing.worked.lessons import lesson as lesson
from glasswork.tracing.worked.lessons import lessons as lessons
from glasswork.tracing.worked.page import worked_document as worked_document
