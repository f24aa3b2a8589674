# classify 2d particle tracks by the force law that made them
import math
import torch
from torch import nn

cfg = dict(per_class=500, steps=20, batch=50, epochs=10, lr=8e-3, seed=6)
LAWS = ["free", "gravity", "spring", "magnetic"]


def simulate(law, n, gen):
    pos = torch.randn(n, 2, generator=gen)
    vel = torch.randn(n, 2, generator=gen)
    k = 0.7 + 0.6 * torch.rand(n, 1, generator=gen)
    out = []
    for _ in range(cfg["steps"]):
        if law == "free":
            acc = torch.zeros(n, 2)
        elif law == "gravity":
            acc = torch.cat([torch.zeros(n, 1), -k], 1)
        elif law == "spring":
            acc = -k * pos
        else:
            acc = k * torch.stack([vel[:, 1], -vel[:, 0]], 1)
        vel = vel + 0.1 * acc
        pos = pos + 0.1 * vel
        out.append(pos)
    track = torch.stack(out, 1)
    return track + 0.005 * torch.randn(track.shape, generator=gen)


def dataset(per_class, gen):
    tracks = torch.cat([simulate(law, per_class, gen) for law in LAWS])
    classes = torch.arange(len(LAWS)).repeat_interleave(per_class)
    return tracks, classes


class TrackNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(4, 32, batch_first=True)
        self.head = nn.Linear(32, len(LAWS))

    def forward(self, x):
        step = torch.diff(x, dim=1) * 10
        h, _ = self.rnn(torch.cat([x[:, 1:], step], dim=2))
        return self.head(h.mean(1))


def train(net, x, y):
    opt = torch.optim.Adam(net.parameters(), lr=cfg["lr"])
    for epoch in range(cfg["epochs"]):
        order = torch.randperm(len(x))
        total = 0.0
        for start in range(0, len(order), cfg["batch"]):
            rows = torch.arange(start, min(start + cfg["batch"], len(order)))
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(rows)
        print(f"epoch {epoch}: {total / len(x):.4f}")


gen = torch.Generator().manual_seed(cfg["seed"])
torch.manual_seed(cfg["seed"])
x_train, y_train = dataset(cfg["per_class"], gen)
x_test, y_test = dataset(150, gen)
net = TrackNet()
train(net, x_train, y_train)
with torch.no_grad():
    acc = (net(x_test).argmax(1) == y_test).float().mean()
print("metric:", acc.item())
