"""What crosses walls: frozen and plain; torch is needed for its types only."""

from glasswork.records.batch import Batch as Batch
from glasswork.records.finding import GRAVITY as GRAVITY
from glasswork.records.finding import Finding as Finding
from glasswork.records.finding import Severity as Severity
from glasswork.records.finding import Treatment as Treatment
from glasswork.records.step_record import StepRecord as StepRecord
