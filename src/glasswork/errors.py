"""Every error that Glasswork raises on purpose, one family.

Each also inherits the built-in error that a caller would expect, so ``except ValueError`` keeps working.
``exit_code`` is what the command line returns: 2 for usage and data, 1 for a run that failed.
"""

from __future__ import annotations

__all__ = [
    "CheckpointError",
    "DataError",
    "GlassworkError",
    "MissingExtraError",
    "NonFiniteError",
    "RangeError",
    "RecipeError",
    "RunFolderError",
    "ShapeError",
    "TrainingError",
    "UnknownNameError",
    "UsageError",
]


class GlassworkError(Exception):
    """The family: one sentence that says what was expected, what came, where, and what to do."""

    exit_code = 2


class UsageError(GlassworkError, ValueError):
    """The command or the call itself does not make sense."""


class ShapeError(GlassworkError, ValueError):
    """Tensors whose shapes do not fit."""


class RangeError(GlassworkError, ValueError):
    """A number outside the range where the mathematics holds."""


class UnknownNameError(GlassworkError, LookupError):
    """A name that nothing answers to; the message offers the nearest one."""


class DataError(GlassworkError, ValueError):
    """Data that cannot be read or that cannot answer the question asked of it."""


class RecipeError(GlassworkError, ValueError):
    """A recipe with an unknown key or a value of the wrong kind."""


class RunFolderError(GlassworkError, ValueError):
    """A run folder that is missing, incomplete or not one of ours."""


class CheckpointError(RunFolderError):
    """A checkpoint that is truncated, tampered with or does not fit the model."""


class MissingExtraError(GlassworkError, ImportError):
    """A feature whose optional packages are not installed; the message gives the command."""


class TrainingError(GlassworkError, RuntimeError):
    """A training run that cannot go on."""

    exit_code = 1


class NonFiniteError(TrainingError):
    """A loss, gradient or weight became NaN or infinite; the message names step and tensor."""
