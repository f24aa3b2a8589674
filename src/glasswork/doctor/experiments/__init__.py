"""Experiments on copies: short trials that tell one hypothesis from another; the training itself is never touched."""

from glasswork.doctor.experiments.afterwards import afterwards as afterwards
from glasswork.doctor.experiments.afterwards import preflight as preflight
from glasswork.doctor.experiments.keeper import Keeper as Keeper
from glasswork.doctor.experiments.subject import KeptBatch as KeptBatch
from glasswork.doctor.experiments.subject import Subject as Subject
