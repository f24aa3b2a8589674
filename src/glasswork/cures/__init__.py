"""Cures: treatments applied to a run's recipe, trained anew, and kept only where validation shows that they helped."""

from glasswork.cures.compare import Verdict as Verdict
from glasswork.cures.compare import compare as compare
from glasswork.cures.cure import Cured as Cured
from glasswork.cures.cure import Trial as Trial
from glasswork.cures.cure import cure as cure
from glasswork.cures.proposals import Proposal as Proposal
from glasswork.cures.proposals import proposals as proposals
