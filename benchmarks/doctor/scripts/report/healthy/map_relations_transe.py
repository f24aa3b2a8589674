"""TransE on a map's knowledge graph: margin loss, fresh corrupted triples in every batch."""

import random

import torch
import torch.nn.functional as F

random.seed(9)
torch.manual_seed(9)
PLACES, RELATIONS, WIDTH, MARGIN = 100, 4, 24, 1.0

# Places lie on a 10 x 10 grid; a relation is a step on it (no wrap-around).
STEPS = [(1, 0), (0, 1), (1, 1), (2, -1)]
facts = []
for place in range(PLACES):
    row, column = divmod(place, 10)
    for relation, (dr, dc) in enumerate(STEPS):
        if 0 <= row + dr < 10 and 0 <= column + dc < 10:
            facts.append((place, relation, (row + dr) * 10 + column + dc))
random.shuffle(facts)
facts = torch.tensor(facts)
test, train = facts[:50], facts[50:]

places = torch.nn.Embedding(PLACES, WIDTH)
relations = torch.nn.Embedding(RELATIONS, WIDTH)
bound = 0.1
torch.nn.init.uniform_(places.weight, -bound, bound)
torch.nn.init.uniform_(relations.weight, -bound, bound)


def distance(head, relation, tail):
    return (places(head) + relations(relation) - places(tail)).norm(dim=-1)


def corrupt(triples):
    head, relation, tail = triples.T
    other = torch.randint(PLACES, head.shape)
    swap = torch.rand(head.shape) < 0.5
    return torch.where(swap, other, head), relation, torch.where(swap, tail, other)


optimizer = torch.optim.Adam([*places.parameters(), *relations.parameters()], lr=0.01)
for epoch in range(100):
    total = 0.0
    for batch in train[torch.randperm(len(train))].split(64):
        positive = distance(*batch.T)
        loss = sum(F.relu(MARGIN + positive - distance(*corrupt(batch))).mean() for _ in range(4)) / 4
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    if epoch % 20 == 0:
        print(f"epoch {epoch:3d}  margin loss {total / len(train):.4f}")

with torch.no_grad():
    head, relation, tail = test.T
    to_all = distance(head[:, None], relation[:, None], torch.arange(PLACES)[None])
    known = {(h, r, t) for h, r, t in train.tolist()}
    for i, (h, r) in enumerate(zip(head.tolist(), relation.tolist())):
        for t in range(PLACES):
            if (h, r, t) in known:
                to_all[i, t] = float("inf")
    rank = (to_all < to_all.gather(1, tail[:, None])).sum(1)
print("metric:", (rank < 10).float().mean().item())
