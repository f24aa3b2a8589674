"""Augmentations: how training data is varied; the same sample, epoch and seed give the same change in any batch."""

from glasswork.augmentations.compose import Compose as Compose
from glasswork.augmentations.crop import Crop as Crop
from glasswork.augmentations.cutout import Cutout as Cutout
from glasswork.augmentations.flip import Flip as Flip
from glasswork.augmentations.noise import Noise as Noise
from glasswork.augmentations.randomness import sample_keys as sample_keys
from glasswork.augmentations.rotate import Rotate as Rotate
from glasswork.augmentations.rotate import rotate as rotate
