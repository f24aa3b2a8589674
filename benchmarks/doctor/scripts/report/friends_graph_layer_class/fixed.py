"""Which club does a pupil belong to?  Two graph convolutions over the friendship graph."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class GraphConv(nn.Module):
    """Relation-free graph convolution, A X W + b."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.reset_parameters()

    def reset_parameters(self):
        bound = math.sqrt(6.0 / sum(self.weight.shape))
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.zeros_(self.bias)

    def forward(self, x, adjacency):
        return adjacency @ (x @ self.weight) + self.bias


class Net(nn.Module):
    def __init__(self, n_features, n_hidden, n_classes):
        super().__init__()
        self.gc1 = GraphConv(n_features, n_hidden)
        self.gc2 = GraphConv(n_hidden, n_classes)

    def forward(self, x, adjacency):
        x = F.relu(self.gc1(x, adjacency))
        x = F.dropout(x, 0.3, training=self.training)
        return self.gc2(x, adjacency)


def school(n, clubs, rng):
    club = rng.integers(clubs, size=n)
    same = club[:, None] == club[None, :]
    edges = rng.random((n, n)) < np.where(same, 0.05, 0.008)
    edges = np.triu(edges, 1)
    a = (edges | edges.T).astype(np.float32) + np.eye(n, dtype=np.float32)
    d = 1 / np.sqrt(a.sum(1))
    centres = rng.normal(0, 1, (clubs, 16))
    x = 0.6 * centres[club] + rng.normal(0, 1, (n, 16))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(d[:, None] * a * d[None, :]), torch.tensor(club)


def main():
    torch.manual_seed(31)
    x, adjacency, club = school(500, 5, np.random.default_rng(31))
    order = torch.randperm(500)
    train, val, test = order[:200], order[200:300], order[300:]
    net = Net(16, 32, 5)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=5e-4)
    for epoch in range(150):
        net.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x, adjacency)[train], club[train])
        loss.backward()
        optimizer.step()
        if epoch % 15 == 14:
            net.eval()
            with torch.no_grad():
                hit = (net(x, adjacency)[val].argmax(1) == club[val]).float().mean()
            print(f"epoch {epoch + 1} loss {loss.item():.3f} val acc {hit:.3f}")
    net.eval()
    with torch.no_grad():
        hit = (net(x, adjacency)[test].argmax(1) == club[test]).float().mean()
    print("metric:", hit.item())


main()
