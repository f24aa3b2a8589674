"""Portraits: what parts look like at work, computed afresh: curves and slopes, spreads by depth, paths, images."""

from glasswork.portraits.portrait import Curve as Curve
from glasswork.portraits.portrait import Image as Image
from glasswork.portraits.portrait import Portrait as Portrait
from glasswork.portraits.portray import portray as portray
