# What DistributedDataParallel does, by hand: two workers, each with its own model and shard, averaged gradients.
import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

WORLD = 2
X, y = make_classification(
    3200,
    20,
    n_informative=10,
    n_redundant=4,
    n_classes=4,
    n_clusters_per_class=2,
    class_sep=1.6,
    flip_y=0.0,
    random_state=3,
)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.25, random_state=3)
mu, sd = X_tr.mean(0), X_tr.std(0)
train_set = TensorDataset(torch.tensor((X_tr - mu) / sd, dtype=torch.float32), torch.tensor(y_tr))
x_test, y_test = torch.tensor((X_te - mu) / sd, dtype=torch.float32), torch.tensor(y_te)


class Worker:
    def __init__(self, rank):
        torch.manual_seed(100 + rank)
        self.rank = rank
        self.model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=3e-3)
        self.sampler = DistributedSampler(train_set, num_replicas=WORLD, rank=rank, shuffle=True, seed=0)
        self.loader = DataLoader(train_set, batch_size=40, sampler=self.sampler)

    def backward(self, batch):
        x, target = batch
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.model(x), target)
        loss.backward()
        return loss.item()


def broadcast(workers):
    for other in workers[1:]:
        other.model.load_state_dict(workers[0].model.state_dict())


def all_reduce_gradients(workers):
    for params in zip(*(w.model.parameters() for w in workers), strict=True):
        mean = torch.stack([p.grad for p in params]).mean(0)
        for p in params:
            p.grad.copy_(mean)


workers = [Worker(rank) for rank in range(WORLD)]
broadcast(workers)
for epoch in range(10):
    losses = []
    for w in workers:
        w.sampler.set_epoch(epoch)
    for batches in zip(*(w.loader for w in workers), strict=True):
        losses.append(np.mean([w.backward(b) for w, b in zip(workers, batches, strict=True)]))
        all_reduce_gradients(workers)
        for w in workers:
            w.optimizer.step()
    with torch.no_grad():
        accuracy = (workers[0].model(x_test).argmax(1) == y_test).float().mean().item()
    print(f"epoch {epoch + 1:2d} loss {np.mean(losses):.4f} accuracy {accuracy:.4f}")
print(f"metric: {accuracy:.4f}")
