"""The last line of every script here: all weights and all random states, as one hash."""

import hashlib
import random

import numpy as np
import torch


def fingerprint(*things):
    """Print one hash of these models and tensors and of every generator's state."""
    digest = hashlib.sha256()
    for thing in things:
        tensors = [thing] if isinstance(thing, torch.Tensor) else thing.state_dict().values()
        for tensor in tensors:
            digest.update(
                tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes()
                if tensor.dim()
                else repr(tensor.item()).encode()
            )
    digest.update(torch.get_rng_state().numpy().tobytes())
    digest.update(repr(random.getstate()).encode())
    digest.update(np.random.get_state()[1].tobytes())  # noqa: NPY002 - the global state is what scripts draw from
    print("weights", digest.hexdigest())
