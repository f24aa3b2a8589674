"""Will the parcel be late?

columns of the export:
    parcel_id, km, kilos, handovers, promised_days, december, rural, slack_at_door, late
(slack_at_door: days between delivery and promise, filled in by the courier at the door)
"""
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset, random_split


def export(n=2000, seed=8):
    g = np.random.default_rng(seed)
    km = g.gamma(2.0, 150.0, n)
    kilos = g.gamma(1.5, 3.0, n)
    handovers = g.integers(1, 6, n)
    promised = g.integers(1, 7, n)
    december = g.random(n) < 0.2
    rural = g.random(n) < 0.35
    took = 0.5 + km / 220 + 0.45 * handovers + 0.9 * december + 0.8 * rural + g.normal(0, 0.9, n)
    slack = took - promised
    return np.column_stack([np.arange(n), km, kilos, handovers, promised, december, rural, slack, slack > 0])


torch.manual_seed(8)
table = export().astype(np.float32)
features, late = table[:, 1:-2], table[:, -1]
dataset = TensorDataset(torch.from_numpy(features), torch.from_numpy(late))
train_set, test_set = random_split(dataset, [1500, 500], generator=torch.Generator().manual_seed(8))
train_x = torch.stack([row for row, _ in train_set])
mu, sigma = train_x.mean(0), train_x.std(0)

net = torch.nn.Sequential(
    torch.nn.Linear(features.shape[1], 32),
    torch.nn.ReLU(),
    torch.nn.Dropout(0.1),
    torch.nn.Linear(32, 16),
    torch.nn.ReLU(),
    torch.nn.Linear(16, 1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3, weight_decay=1e-4)
loss_fn = torch.nn.BCEWithLogitsLoss()


def run_epoch(loader):
    net.train()
    losses = []
    for x, y in loader:
        loss = loss_fn(net((x - mu) / sigma).squeeze(1), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def accuracy(loader):
    net.eval()
    good = n = 0
    with torch.no_grad():
        for x, y in loader:
            good += ((net((x - mu) / sigma).squeeze(1) > 0).float() == y).sum().item()
            n += len(y)
    return good / n


train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
test_loader = DataLoader(test_set, batch_size=250)
for epoch in range(16):
    print(f"{epoch:02d} loss={run_epoch(train_loader):.4f} acc={accuracy(test_loader):.3f}")
print("metric:", accuracy(test_loader))
