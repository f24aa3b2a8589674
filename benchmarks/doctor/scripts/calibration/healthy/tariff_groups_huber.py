"""Electricity use of households: two categorical columns through embeddings, three numeric ones, Huber loss."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class UseNet(nn.Module):
    def __init__(self, tariffs, towns):
        super().__init__()
        self.tariff = nn.Embedding(tariffs, 4)
        self.town = nn.Embedding(towns, 6)
        self.mix = nn.Sequential(nn.Linear(13, 48), nn.ReLU(), nn.BatchNorm1d(48), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, groups, numbers):
        parts = [self.tariff(groups[:, 0]), self.town(groups[:, 1]), numbers]
        return self.mix(torch.cat(parts, 1)).squeeze(1)


torch.manual_seed(21)
n = 2000
groups = torch.stack([torch.randint(5, (n,)), torch.randint(12, (n,))], 1)
numbers = torch.randn(n, 3)
tariff_effect, town_effect = torch.randn(5), torch.randn(12)
use = tariff_effect[groups[:, 0]] + town_effect[groups[:, 1]] * (1 + 0.3 * numbers[:, 0]) + numbers[:, 1] + 0.2 * torch.randn(n)
outliers = torch.rand(n) < 0.02
outliers[1500:] = False
use[outliers] += 6 * torch.randn(int(outliers.sum()))
use = (use - use[:1500].mean()) / use[:1500].std()
data = TensorDataset(groups, numbers, use)
train = DataLoader(torch.utils.data.Subset(data, range(1500)), batch_size=50, shuffle=True)
net = UseNet(5, 12)
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 1e-2, total_steps=16 * len(train))
for epoch in range(16):
    net.train()
    for g, x, y in train:
        opt.zero_grad()
        loss = nn.functional.huber_loss(net(g, x), y, delta=0.5)
        loss.backward()
        opt.step()
        sched.step()
    print(epoch, round(loss.item(), 4))
net.eval()
with torch.no_grad():
    g, x, y = data[1500:]
    print("metric:", 1 - ((net(g, x) - y).square().mean() / y.var()).item())
