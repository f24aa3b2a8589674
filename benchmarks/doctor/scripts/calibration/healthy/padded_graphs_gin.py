"""Graph classification with sum aggregation on padded dense adjacency: ring, star, path or two triangles joined?"""

import random

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

random.seed(13)
torch.manual_seed(13)
MOST = 12


def graph(kind):
    n = random.randint(6, MOST)
    edges = []
    if kind == 0:
        edges = [(i, (i + 1) % n) for i in range(n)]
    elif kind == 1:
        edges = [(0, i) for i in range(1, n)]
    elif kind == 2:
        edges = [(i, i + 1) for i in range(n - 1)]
    else:
        edges = [(i, i + 1) for i in range(n - 1)] + [(0, 2), (n - 3, n - 1)]
    if random.random() < 0.5:
        a, b = random.sample(range(n), 2)
        edges.append((a, b))
    names = random.sample(range(n), n)
    return n, [(names[a], names[b]) for a, b in edges], kind


def collate(graphs):
    adjacency = torch.zeros(len(graphs), MOST, MOST)
    mask = torch.zeros(len(graphs), MOST, 1)
    for k, (n, edges, _) in enumerate(graphs):
        mask[k, :n] = 1
        for a, b in edges:
            adjacency[k, a, b] = adjacency[k, b, a] = 1
    return adjacency, mask, torch.tensor([kind for *_, kind in graphs])


class GIN(nn.Module):
    def __init__(self, width=24, rounds=3):
        super().__init__()
        self.start = nn.Linear(2, width)
        self.updates = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.LayerNorm(width))
            for _ in range(rounds)
        )
        self.read = nn.Linear(2 * width, 4)

    def forward(self, adjacency, mask):
        degree = adjacency.sum(2, keepdim=True)
        h = self.start(torch.cat([mask, degree / 2], 2)) * mask
        for update in self.updates:
            h = (h + update(h + adjacency @ h / 2)) * mask
        mean = h.sum(1) / mask.sum(1)
        return self.read(torch.cat([mean, h.masked_fill(mask == 0, -1e4).amax(1)], 1))


train = [graph(random.randrange(4)) for _ in range(1000)]
test = [graph(random.randrange(4)) for _ in range(300)]
loader = DataLoader(train, batch_size=40, shuffle=True, collate_fn=collate)
model = GIN()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 11)
for epoch in range(11):
    total = 0.0
    for adjacency, mask, kind in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(adjacency, mask), kind)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(kind)
    scheduler.step()
    print(f"epoch {epoch + 1}: {total / len(train):.4f}")

with torch.no_grad():
    adjacency, mask, kind = collate(test)
    print("metric:", (model(adjacency, mask).argmax(1) == kind).float().mean().item())
