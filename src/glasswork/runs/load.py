"""Load: a trained network from a run's recipe, contract and checkpoint; no data is needed, no code is run."""

from __future__ import annotations

from glasswork import tasks
from glasswork.data import Contract
from glasswork.errors import RunFolderError
from glasswork.layers import Network
from glasswork.runs.folder import RunFolder
from glasswork.runs.network import build_network
from glasswork.runs.recipe import Recipe
from glasswork.tasks import Task
from glasswork.training import Checkpoints, Saved

__all__ = ["final_checkpoint", "load_network"]


def load_network(folder: RunFolder) -> tuple[Network, Task, Recipe, Contract]:
    """Return the network with its trained weights, in evaluation mode on the CPU, and what it was made from.

    Raises:
        CheckpointError: there is no whole checkpoint, or it does not fit the recipe.
    """
    recipe, contract = folder.recipe(), folder.contract()
    task = tasks.from_contract(contract)
    network = build_network(recipe, contract, task)
    if recipe.training.precision == "float64":
        network = network.double()
    final_checkpoint(folder, recipe).load_model(network)
    if network.target is not None:
        task = tasks.with_scale(task, network.target)
    return network.eval(), task, recipe, contract


def final_checkpoint(folder: RunFolder, recipe: Recipe) -> Saved:
    """Return the checkpoint whose weights count: the best validated one if the recipe says so, else the last.

    Raises:
        RunFolderError: nothing was saved yet.
    """
    checkpoints = Checkpoints(folder.checkpoints)
    saved = checkpoints.best() if recipe.training.restore_best else None
    saved = saved or checkpoints.latest()
    if saved is None:
        raise RunFolderError(f"{folder} has no checkpoint yet; go on with: glasswork train --resume {folder}")
    return saved
