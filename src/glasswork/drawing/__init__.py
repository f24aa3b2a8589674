"""Drawing: axes, curves and marks as inline SVG whose colours are the page's own."""

from glasswork.drawing.axis import Axis as Axis
from glasswork.drawing.axis import tick_text as tick_text
from glasswork.drawing.curves import running_mean as running_mean
from glasswork.drawing.curves import thinned as thinned
from glasswork.drawing.plot import Plot as Plot
from glasswork.drawing.plot import sign_path as sign_path
from glasswork.drawing.safe import clean as clean
