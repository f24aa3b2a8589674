"""Kinds: every action by the name that a remedy's parts call it."""

from __future__ import annotations

from glasswork.checks import unknown_name
from glasswork.doctor.remedies import arithmetic, best, data, head, initialisation, loaders, loop, network, optimizer
from glasswork.doctor.remedies.remedy import Action, Part
from glasswork.errors import UnknownNameError

__all__ = ["KINDS", "made"]

KINDS: dict[str, type[Action]] = {
    "activation": network.Activation,
    "adam": optimizer.Adam,
    "best-weights": best.BestWeights,
    "class-weights": data.ClassWeights,
    "clip": optimizer.Clip,
    "dropout": network.Dropout,
    "forgotten-parameters": optimizer.ForgottenParameters,
    "group-norms": network.GroupNorms,
    "guarded-arithmetic": arithmetic.Guarded,
    "initialise": initialisation.Initialise,
    "insert-activation": network.InsertActivation,
    "learning-rate": optimizer.LearningRate,
    "loader": loaders.LoaderSettings,
    "log-of-probabilities": head.LogOfProbabilities,
    "modes": loop.Modes,
    "more-passes": loaders.MorePasses,
    "no-hand-changes": loop.NoHandChanges,
    "norm-momentum": network.NormMomentum,
    "scale-inputs": data.ScaleInputs,
    "scale-outputs": data.ScaleOutputs,
    "schedule": loop.Schedule,
    "settings": optimizer.Settings,
    "skip-broken": optimizer.SkipBroken,
    "step-forgotten": optimizer.StepForgotten,
    "wider": network.Wider,
    "with-logits": head.WithLogits,
    "write-loss": head.WriteLoss,
    "zero-grad": loop.ZeroGrad,
}


def made(part: Part) -> Action:
    """Return the action that a remedy's part asks for, fresh.

    >>> made(Part("clip", {"norm": 2.0})).norm
    2.0
    """
    if part.kind not in KINDS:
        raise UnknownNameError(unknown_name("remedy", part.kind, list(KINDS)))
    return KINDS[part.kind](**part.settings)
