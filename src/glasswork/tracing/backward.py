"""The way back: from a number to the loss along the strongest terms of the chain rule, a line for each derivative."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from glasswork.tracing.algebra import Expression, Frac, Num, Prod, Rest, Sum
from glasswork.tracing.budget import Budget, percent
from glasswork.tracing.document import Letters, named
from glasswork.tracing.elements import Backflow, Elements, Link, Node
from glasswork.tracing.sections import place
from glasswork.tracing.settling import Draft

__all__ = ["Found", "backward", "sample_of", "search"]


@dataclass(slots=True)
class Found:
    """What the search along the chain rule brought back."""

    flows: dict[Node, Backflow]
    cut: int
    """How many derivatives are used as numbers without a line of their own."""
    sample: int | None


def search(elements: Elements, starts: Sequence[Node], budget: Budget, sample: int | None) -> Found:
    """Follow the strongest terms towards the loss."""
    tape, names = elements.tape, elements.names
    loss = (tape.loss or 0, (0,) * len(tape.variables[tape.loss or 0].shape))
    waiting: list[tuple[float, Node]] = []
    flows: dict[Node, Backflow] = {}
    seen: set[Node] = set()
    for start in starts:
        heapq.heappush(waiting, (-math.inf, start))
        seen.add(start)
    room = max(len(starts), budget.max_lines // 2)
    asked = sample
    spent = 0
    while waiting and spent < room:
        weight, node = heapq.heappop(waiting)
        if node == loss:
            continue
        flow = elements.terms(node, budget.listed)
        flows[node] = flow
        spent += not _hands_on(elements, flow)
        if names.samples > 1 and sample is None:
            sample = next((s for s in (sample_of(elements, link.to) for link in flow.links) if s is not None), None)
        absolute = sum(part.absolute for part in flow.parts) or 1.0
        share = 1.0 if weight == -math.inf else -weight
        for link in _shown(flow, budget, asked if asked is not None else sample, elements):
            row = sample_of(elements, link.to)
            if link.to not in seen and (row is None or row == sample):
                seen.add(link.to)
                heapq.heappush(waiting, (-share * abs(link.product) / absolute, link.to))
    cut = sum(1 for _, node in waiting if node != loss)
    return Found(flows, cut, sample)


def sample_of(elements: Elements, node: Node) -> int | None:
    """Return which row of the batch a computed number belongs to; None if that cannot be told."""
    samples, variable = elements.names.samples, elements.tape.variables[node[0]]
    if samples < 2 or variable.record is None or len(variable.shape) < 1 or variable.shape[0] % samples:
        return None
    return node[1][0] // (variable.shape[0] // samples)


def _shown(flow: Backflow, budget: Budget, sample: int | None, elements: Elements) -> list[Link]:
    """The terms that a line writes out: all of a few, else the strongest, one of the chosen sample among them."""
    links = flow.links
    if flow.count <= budget.listed and len(links) == flow.count:
        return links
    shown = links[: budget.strongest]
    if sample is not None and all(sample_of(elements, link.to) != sample for link in shown):
        shown += [link for link in links if sample_of(elements, link.to) == sample][:1]
    return shown


def backward(elements: Elements, found: Found, starts: Sequence[Node], budget: Budget) -> list[tuple[Node, Draft]]:
    """A line for each derivative, from the loss back."""
    drafts: list[tuple[Node, Draft]] = []
    for node in sorted(found.flows, reverse=True):
        flow = found.flows[node]
        if node not in starts and _passed(elements, found, node) != node:
            continue
        drafts += _shared(elements, found, node, flow, budget)
        drafts.append((node, _chain(elements, found, node, flow, budget)))
    return drafts


def _hands_on(elements: Elements, flow: Backflow) -> bool:
    """Whether a nameless number's derivative is that of the one number that it moves, unchanged."""
    links = flow.links
    return (
        flow.count == 1 and links[0].local == 1 and not flow.declared and links[0].to[0] != elements.tape.loss
        and elements.names.is_plumbing(flow.node[0])
    )  # fmt: skip


def _passed(elements: Elements, found: Found, node: Node) -> Node:
    """A derivative that is only handed on goes by the name of the one that it comes from."""
    while node in found.flows and _hands_on(elements, found.flows[node]):
        node = found.flows[node].links[0].to
    return node


def _term(elements: Elements, found: Found, node: Node, link: Link) -> Expression:
    """One term: upstream times local; a factor of one is not written."""
    local = elements.local(node, link)
    if link.to[0] == elements.tape.loss:
        return local
    upstream = elements.names.delta(*_passed(elements, found, link.to), link.upstream)
    if isinstance(local, Num) and local.value == 1:
        return upstream
    if isinstance(local, Num) and local.value == -1:
        return -upstream
    if isinstance(local, Frac) and isinstance(local.top, Num) and local.top.value == 1:
        return Frac(upstream, local.bottom)
    factors = local.factors if isinstance(local, Prod) else (local,)
    if isinstance(factors[0], Num) and factors[0].value == -1:
        return Prod((Num(-1), upstream, *factors[1:]))
    return Prod((upstream, *factors))


def _chain(elements: Elements, found: Found, node: Node, flow: Backflow, budget: Budget) -> Draft:
    symbol = elements.names.delta(*node, flow.value)
    shown = sorted(_shown(flow, budget, found.sample, elements), key=lambda link: link.to)
    terms = [_term(elements, found, node, link) for link in shown]
    remarks = []
    hidden = flow.count - len(shown)
    rest = flow.value - math.fsum(link.product for link in shown) - flow.declared
    scale = sum(part.absolute for part in flow.parts) + abs(flow.declared)
    if flow.declared:
        terms.append(Rest(len(flow.declarers), flow.declared, "declared"))
    if hidden:
        terms.append(Rest(hidden, rest, "terms"))
        covered = sum(abs(link.product) for link in shown) / scale if scale else 1.0
        remarks.append(
            f"the {len(shown)} strongest of {flow.count} terms cover {covered:.0%} of the absolute sum".replace(
                "%", " %"
            )
        )
    elif abs(rest) > elements.tiny * max(scale, abs(flow.value)):
        remarks.append("a hook or a custom function changed this derivative")
        terms = []
    if flow.count > 1 and abs(flow.value) < 0.1 * scale:
        remarks.append(f"the terms nearly cancel: {percent(abs(flow.value) / scale, 1)} of their absolute sum is left")
    remarks += _blocked(elements, flow)
    if not terms:
        formula: Expression | None = None
    else:
        formula = terms[0] if len(terms) == 1 else Sum(tuple(terms))
    if isinstance(formula, Num):
        formula = None
    return Draft(symbol, formula, flow.value, "; ".join(remarks), place(elements, node), "backward")


def _blocked(elements: Elements, flow: Backflow) -> list[str]:
    """What carries nothing back, and why."""
    counts: Counter[str] = Counter()
    for part in flow.parts:
        record = elements.tape.records[part.record]
        if part.stopped:
            counts[_REASONS.get(record.name.strip("_"), "multiplied by 0")] += 1
        elif part.blocked:
            counts[_why(elements, part.dead)] += part.blocked
    return [f"{count} {'path' if count == 1 else 'paths'} blocked: {why}" for why, count in counts.items()]


_REASONS = {
    "relu": "ReLU off", "threshold": "ReLU off", "leaky_relu": "ReLU off", "hardtanh": "out of range",
    "clamp": "out of range", "clamp_min": "out of range", "max_pool2d_with_indices": "not the largest",
    "max_pool3d_with_indices": "not the largest", "amax": "not the largest", "amin": "not the smallest",
    "topk": "not among the largest", "nll_loss_forward": "not the target's class", "abs": "at the kink",
    "sign": "sign is flat", "masked_fill": "masked", "where": "not chosen",
}  # fmt: skip


def _why(elements: Elements, dead: Sequence[Node]) -> str:
    """Why nothing comes back from these numbers: what their first user did with them."""
    for node in dead:
        for record, _, _ in elements.uses(node):
            if record.differentiable:
                return _REASONS.get(record.name.strip("_"), "nothing comes back from there")
        return "not used further"
    return "nothing comes back from there"


def _shared(elements: Elements, found: Found, node: Node, flow: Backflow, budget: Budget) -> list[tuple[Node, Draft]]:
    """A number used by several operations, weight sharing above all: a line per use, so that the sum is over uses."""
    several = [part for part in flow.parts if part.count > 1]
    if len(flow.parts) < 2 or not several or flow.count <= budget.listed:
        return []
    letters = elements.names.delta(*node, 0.0).letters
    drafts: list[tuple[Node, Draft]] = []
    uses: list[Expression] = []
    for number, part in enumerate(flow.parts[: budget.listed], 1):
        where = _where(elements, part.record)
        name = named(replace(letters or Letters("?"), at=f"use {number}"), part.total)
        uses.append(name)
        one = Backflow(node, part.total, [part])
        draft = _chain(elements, found, node, one, budget)
        draft.symbol, draft.where = name, where
        drafts.append((node, draft))
    return drafts


def _where(elements: Elements, record: int) -> str:
    found = elements.tape.records[record]
    return elements.names.where(found) or found.name
