"""Glasswork: a deep-learning workbench on PyTorch that shows its work.

The front door. Rooms and functions load when first touched, so that importing costs nothing:

>>> import glasswork as gw
>>> sorted(name for name in dir(gw) if name in ("fit", "train", "open_run", "models"))
['fit', 'models', 'open_run', 'train']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from glasswork.version import __version__ as __version__

if TYPE_CHECKING:
    from glasswork import activations as activations
    from glasswork import augmentations as augmentations
    from glasswork import baselines as baselines
    from glasswork import course as course
    from glasswork import data as data
    from glasswork import doctor as doctor
    from glasswork import errors as errors
    from glasswork import estimators as estimators
    from glasswork import evaluation as evaluation
    from glasswork import initializers as initializers
    from glasswork import layers as layers
    from glasswork import learning as learning
    from glasswork import losses as losses
    from glasswork import metrics as metrics
    from glasswork import models as models
    from glasswork import optimizers as optimizers
    from glasswork import portraits as portraits
    from glasswork import records as records
    from glasswork import regularizers as regularizers
    from glasswork import reports as reports
    from glasswork import runs as runs
    from glasswork import schedules as schedules
    from glasswork import tasks as tasks
    from glasswork import tracing as tracing
    from glasswork import training as training
    from glasswork import verbs as verbs
    from glasswork.estimators import NeuralClassifier as NeuralClassifier
    from glasswork.estimators import NeuralRegressor as NeuralRegressor
    from glasswork.layers.graph import Graph as Graph
    from glasswork.layers.graph import Input as Input
    from glasswork.layers.graph import node as node
    from glasswork.tracing import trace as trace
    from glasswork.training import fit as fit
    from glasswork.verbs.check import check as check
    from glasswork.verbs.run import open_run as open_run
    from glasswork.verbs.train import train as train

_ROOMS = (
    "activations",
    "augmentations",
    "baselines",
    "course",
    "data",
    "doctor",
    "errors",
    "estimators",
    "evaluation",
    "initializers",
    "layers",
    "learning",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "portraits",
    "records",
    "regularizers",
    "reports",
    "runs",
    "schedules",
    "tasks",
    "tracing",
    "training",
    "verbs",
)
_FUNCTIONS = {
    "Graph": "glasswork.layers",
    "Input": "glasswork.layers",
    "NeuralClassifier": "glasswork.estimators",
    "NeuralRegressor": "glasswork.estimators",
    "check": "glasswork.verbs",
    "fit": "glasswork.training",
    "node": "glasswork.layers",
    "open_run": "glasswork.verbs",
    "trace": "glasswork.tracing",
    "train": "glasswork.verbs",
}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"glasswork.{name}")
    if name in _FUNCTIONS:
        return getattr(import_module(_FUNCTIONS[name]), name)
    raise AttributeError(f"glasswork has no {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_FUNCTIONS})
