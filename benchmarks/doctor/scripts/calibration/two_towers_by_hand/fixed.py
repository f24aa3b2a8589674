"""Data parallelism by hand, in one process: the batch is cut in shards, one copy of the model per shard,
gradients are averaged, every copy takes the same step."""
import copy

import torch
from sklearn.datasets import make_moons
from torch import nn

WORLD = 3
torch.manual_seed(25)
points, label = make_moons(1800, noise=0.18, random_state=25)
points = torch.tensor(points, dtype=torch.float32)
label = torch.tensor(label)
points = (points - points[:1500].mean(0)) / points[:1500].std(0)


def build():
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))


def replicate(module, world):
    return [module] + [copy.deepcopy(module) for _ in range(world - 1)]


def all_reduce_mean(replicas):
    for shared in zip(*(r.parameters() for r in replicas)):
        mean = torch.stack([p.grad for p in shared]).mean(0)
        for p in shared:
            p.grad.copy_(mean)


replicas = replicate(build(), WORLD)
optimizers = [torch.optim.SGD(r.parameters(), lr=0.05, momentum=0.9) for r in replicas]
criterion = nn.CrossEntropyLoss()

for epoch in range(12):
    epoch_loss = 0.0
    for batch in torch.randperm(1500).split(60):
        for rank, shard in enumerate(batch.chunk(WORLD)):
            loss = criterion(replicas[rank](points[shard]), label[shard])
            optimizers[rank].zero_grad()
            loss.backward()
            epoch_loss += loss.item() / (WORLD * 25)
        all_reduce_mean(replicas)
        for optimizer in optimizers:
            optimizer.step()
    print(f"epoch {epoch + 1}: {epoch_loss:.4f}")

with torch.no_grad():
    hits = (replicas[0](points[1500:]).argmax(1) == label[1500:]).float()
print("metric:", hits.mean().item())
