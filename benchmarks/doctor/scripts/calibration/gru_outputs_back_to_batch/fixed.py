# Mark every sample of a river gauge as "rising water" or not: one label per time step (many to many GRU).
import torch
from torch import nn

torch.manual_seed(122)
T, B, HIDDEN = 20, 40, 24


def gauges(n):
    level = 0.25 * torch.randn(n, 1)
    trend = torch.zeros(n)
    series, labels = [], []
    for t in range(T):
        flip = torch.rand(n) < 0.18
        trend = torch.where(flip | (t == 0), torch.sign(torch.randn(n)), trend)
        level = level + 0.3 * trend[:, None] + 0.02 * torch.randn(n, 1)
        series.append(level + 0.08 * torch.randn(n, 1))
        labels.append((trend > 0).float())
    series = torch.stack(series, 1)
    return torch.cat([series[:, 1:], series.diff(dim=1)], 2), torch.stack(labels[1:], 1)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, HIDDEN)              # time comes first in here
        self.tag = nn.Linear(HIDDEN, 1)

    def forward(self, x):
        n, steps, _ = x.shape
        out, _ = self.gru(x.transpose(0, 1))
        out = out.transpose(0, 1)
        return self.tag(out).squeeze(-1)


x, y = gauges(1600)
x_test, y_test = gauges(400)
scale = x.std((0, 1))
x, x_test = x / scale, x_test / scale

net = Tagger()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(8):
    net.train()
    losses = []
    for rows in torch.randperm(1600).split(B):
        loss = bce(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    print(f"epoch {epoch + 1}: {sum(losses) / len(losses):.4f}")

net.eval()
with torch.no_grad():
    print("metric:", ((net(x_test) > 0).float() == y_test).float().mean().item())
