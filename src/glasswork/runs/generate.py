"""Generate: text from a trained language model."""

from __future__ import annotations

import torch

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.data import Contract
from glasswork.data.tokens import decode_tokens, encode_stream
from glasswork.errors import UsageError
from glasswork.layers import Network

__all__ = ["generate"]


def generate(
    network: Network, contract: Contract, *, prompt: str, length: int, temperature: float = 0.8, seed: int = 0
) -> str:
    """Return `prompt` and `length` more tokens, drawn one after the other with a seed of their own.

    Raises:
        UsageError: the run is no language model.
    """
    check_above("generate", 0, temperature=temperature)
    check_at_least("generate", 1, length=length)
    check_between("generate", -(2**63), 2**63, include_high=False, seed=seed)
    write = getattr(network.body, "generate", None)
    if write is None or contract.tokens is None:
        raise UsageError("this run's model does not write text.")
    first = encode_stream(prompt or "\n", contract.tokens)
    device = next(network.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    tokens_BT = torch.from_numpy(first.astype("int64"))[None].to(device)
    with torch.inference_mode():
        written = write(tokens_BT, length=length, temperature=temperature, generator=generator)
    text = decode_tokens(written[0].tolist()[len(first) :], contract.tokens)
    return prompt + text
