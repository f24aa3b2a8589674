"""Attention in readable steps: scores Q K^T / sqrt(d), their softmax, the mixture of V; and with its heads' weights.

The scores are `glasswork.layers.attention_scores`'; torch's own kernel scales queries and keys apart.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from glasswork.layers import attention_scores, causal_mask
from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Sum
from glasswork.tracing.meaning.quantity import Quantity, dot
from glasswork.tracing.meaning.softmax import shares
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


def _attend(
    steps: Steps, q: Quantity, k: Quantity, v: Quantity, mask: Tensor | None, dropout: float, scale: float | None
) -> tuple[Quantity, Quantity]:
    """Name scores, weights and the mixture of values; `mask` is bool (true: may look) or added to the scores."""
    lead = q.axes[:-2]
    width = q.value.shape[-1]
    factor = Num(scale) if scale is not None else None

    def score(*element: int) -> Expression:
        *where, i, j = element
        product = dot(*((q[(*where, i, d)], k[(*where, j, d)]) for d in range(width)))
        return factor * product if factor is not None else Frac(product, Apply("sqrt", (Num(width),)))

    title = "scores Q K^T / sqrt(d)" if factor is None else "scaled scores Q K^T"
    s = steps.name("s", attention_scores(q.tensor, k.tensor, scale=scale), (*lead, "query", "key"), score, title)
    shape = s.value.shape
    allowed = None
    if mask is not None and mask.dtype is torch.bool:
        allowed = mask.expand(shape)
    elif mask is not None:
        added = mask.expand(shape)
        numbers = steps.given("m", added, s.axes, "mask")
        allowed = added.detach() > -math.inf
        before = s
        masked = s.tensor.masked_fill(~allowed, 0.0) + added.masked_fill(~allowed, 0.0)
        s = steps.name(
            "s", masked, s.axes,
            lambda *at: before[at] + numbers[at] if bool(allowed[at]) else Num(0.0),
            "scores with mask", accent="prime",
        )  # fmt: skip
    a = shares(steps, s, -1, "a", "attention weights", allowed)
    weights = a
    if dropout:
        drawn = steps.given("d", steps.mask(tuple(shape)) / (1 - dropout), a.axes, "dropout mask")
        weights = steps.name("a", a.tensor * drawn.tensor, a.axes, lambda *at: a[at] * drawn[at],
                             "attention weights after dropout", accent="prime")  # fmt: skip
    keys = shape[-1]

    def mix(*element: int) -> Expression:
        *where, i, d = element
        return dot(*((weights[(*where, i, j)], v[(*where, j, d)]) for j in range(keys)))

    mixed = steps.name("o", weights.tensor @ v.tensor, (*lead, "query", "unit"), mix, "mixture of the values")
    return mixed, weights


def scaled_dot_product_attention(
    steps: Steps,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor | None:
    """Explain softmax(Q K^T / sqrt(d)) V."""
    if enable_gqa or not 2 <= query.dim() <= 4 or query.shape[:-2] != key.shape[:-2]:
        raise Decline("its heads are shared out in another way")
    steps.title = "scaled dot-product attention"
    lead = {2: (), 3: ("n",), 4: ("n", "head")}[query.dim()]
    q = steps.given("q", query, (*lead, "query", "unit"), "queries")
    k = steps.given("k", key, (*lead, "key", "unit"), "keys")
    v = steps.given("v", value, (*lead, "key", "unit"), "values")
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    return _attend(steps, q, k, v, mask, dropout_p, scale)[0].tensor


def multi_head_attention_forward(
    steps: Steps,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor | None, Tensor | None]:
    """Explain torch.nn.MultiheadAttention: three projections, the heads' attention, a last projection."""
    others = (bias_k, bias_v, static_k, static_v)
    if query.dim() != 3 or add_zero_attn or any(other is not None for other in others):
        raise Decline("it has no sample dimension, or further keys")
    width, size = embed_dim_to_check, embed_dim_to_check // num_heads
    steps.title = f"multi-head attention, {num_heads} head{'s' * (num_heads > 1)} of {size}"
    views: list[Quantity] = []
    known: list[tuple[Tensor, Quantity]] = []
    for number, (letter, tensor) in enumerate(zip("qkv", (query, key, value), strict=True)):
        x = next((quantity for other, quantity in known if steps.same(other, tensor)), None)
        if x is None:
            x = steps.given("x" if letter == "q" else f"x_{letter}", tensor, ("token", "n", "feature"), "input")
            known.append((tensor, x))
        views.append(
            _projected(steps, letter, number, x, width, size, in_proj_weight, in_proj_bias,
                       (q_proj_weight, k_proj_weight, v_proj_weight)[number])
        )  # fmt: skip
    mask = _merged(query, key, num_heads, attn_mask, key_padding_mask, is_causal)
    o, a = _attend(steps, views[0], views[1], views[2], mask, dropout_p if training else 0.0, None)
    w = steps.given("w", out_proj_weight, ("to", "from"), "weights of the output", upper="o")
    b = None if out_proj_bias is None else steps.given("b", out_proj_bias, ("unit",), "bias of the output", upper="o")
    flat = o.tensor.permute(2, 0, 1, 3).flatten(2)
    out = flat @ w.tensor.T
    if b is not None:
        out = out + b.tensor

    def mixed(t: int, n: int, j: int) -> Expression:
        pairs = [(w[j, m], o[n, m // size, t, m % size]) for m in range(width)]
        return dot(*pairs, *([b[j]] if b is not None else []))

    y = steps.name("y", out, ("token", "n", "unit"), mixed, "heads side by side, projected")
    if not need_weights:
        return y.tensor, None
    if not average_attn_weights:
        return y.tensor, a.tensor
    mean = steps.name(
        "a", a.tensor.mean(1), ("n", "query", "key"),
        lambda n, i, j: Frac(Sum(tuple(a[n, h, i, j] for h in range(num_heads))), Num(num_heads)),
        "attention weights, mean over heads", accent="hat",
    )  # fmt: skip
    return y.tensor, mean.tensor


def _projected(
    steps: Steps, letter: str, number: int, x: Quantity, width: int, size: int, packed: Tensor | None,
    packed_bias: Tensor | None, own: Tensor | None,
) -> Quantity:  # fmt: skip
    """Name one of Q, K and V, by heads."""
    start = number * width
    if own is not None:
        w = steps.given("w", own, ("to", "from"), f"weights of {letter}", upper=letter)
    elif packed is not None:
        w = steps.part("w", packed[start : start + width], packed, lambda j, k: (start + j, k), ("to", "from"),
                       f"weights of {letter}", upper=letter)  # fmt: skip
    else:
        raise Decline("its projections have no weights")
    value = x.tensor @ w.tensor.T
    b = None
    if packed_bias is not None:
        b = steps.part("b", packed_bias[start : start + width], packed_bias, lambda j: (start + j,), ("unit",),
                       f"bias of {letter}", upper=letter)  # fmt: skip
        value = value + b.tensor
    tokens, samples, _ = value.shape
    heads = value.view(tokens, samples, width // size, size).permute(1, 2, 0, 3)

    def formula(n: int, h: int, t: int, d: int) -> Expression:
        j = h * size + d
        return dot(*((w[j, i], x[t, n, i]) for i in range(x.value.shape[2])), *([b[j]] if b is not None else []))

    axis = "query" if letter == "q" else "key"
    title = {"q": "queries", "k": "keys", "v": "values"}[letter]
    return steps.name(letter, heads, ("n", "head", axis, "unit"), formula, title)


def _merged(
    query: Tensor, key: Tensor, heads: int, attn_mask: Tensor | None, padding: Tensor | None, is_causal: bool
) -> Tensor | None:
    """One mask from torch's two, in which true (or -inf) means: may not look."""
    samples, keys = key.shape[1], key.shape[0]
    if attn_mask is None and is_causal:
        attn_mask = ~causal_mask(query.shape[0], keys)
    found: list[Any] = []
    if attn_mask is not None:
        found.append(attn_mask.view(samples, heads, *attn_mask.shape[1:]) if attn_mask.dim() == 3 else attn_mask)
    if padding is not None:
        found.append(padding.view(samples, 1, 1, keys))
    if not found:
        return None
    if all(mask.dtype is torch.bool for mask in found):
        merged = found[0] if len(found) == 1 else found[0] | found[1]
        return ~merged
    added = [torch.zeros_like(mask, dtype=query.dtype).masked_fill(mask, -math.inf) if mask.dtype is torch.bool
             else mask for mask in found]  # fmt: skip
    return added[0] if len(added) == 1 else added[0] + added[1]


EXPLAINS = {
    "scaled_dot_product_attention": scaled_dot_product_attention,
    "multi_head_attention_forward": multi_head_attention_forward,
}
