"""Room embeddings from WiFi fingerprints without labels (redundancy reduction), checked with nearest neighbours."""

import numpy as np
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

torch.manual_seed(19)
rng = np.random.default_rng(19)
ROOMS, POINTS, DIM = 14, 36, 16
centre = rng.normal(-65, 6, (ROOMS, POINTS))


def walk(n):
    room = rng.integers(0, ROOMS, n)
    body = rng.normal(0, 4, (n, 1))  # the person's body dampens all access points alike
    return centre[room] + body + rng.normal(0, 6, (n, POINTS)), room


raw_train, room_train = walk(2400)
raw_test, room_test = walk(600)
mu, sd = raw_train.mean(0), raw_train.std(0)
train = torch.tensor((raw_train - mu) / sd, dtype=torch.float32)
test = torch.tensor((raw_test - mu) / sd, dtype=torch.float32)


def look(x):
    heard = (torch.rand_like(x) > 0.15).float()
    return (x + 0.3 * torch.randn_like(x) + 0.3 * torch.randn(len(x), 1)) * heard


def off_diagonal(m):
    n = m.shape[0]
    return m.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


def twins_loss(a, b, weight=0.05):
    a = (a - a.mean(0)) / (a.std(0) + 1e-4)
    b = (b - b.mean(0)) / (b.std(0) + 1e-4)
    c = a.T @ b / len(a)
    on_diag = (torch.diagonal(c) - 1).pow(2).sum()
    off_diag = (off_diagonal(c) - 1).pow(2).sum()
    return on_diag + weight * off_diag


net = nn.Sequential(
    nn.Linear(POINTS, 96),
    nn.BatchNorm1d(96),
    nn.ReLU(),
    nn.Linear(96, 96),
    nn.BatchNorm1d(96),
    nn.ReLU(),
    nn.Linear(96, DIM),
)
opt = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
epochs = 13
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
for epoch in range(epochs):
    running = []
    for rows in torch.randperm(len(train)).split(120):
        x = train[rows]
        loss = twins_loss(net(look(x)), net(look(x)))
        opt.zero_grad()
        loss.backward()
        opt.step()
        running.append(loss.item())
    sched.step()
    print(f"epoch {epoch + 1:2d} loss {np.mean(running):.3f}")

net.eval()
with torch.no_grad():
    z_train, z_test = net(train), net(test)
spread = z_train.std(0)
knn = KNeighborsClassifier(15).fit((z_train / spread).numpy(), room_train)
print("metric:", knn.score((z_test / spread).numpy(), room_test))
