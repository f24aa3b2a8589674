from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Hparams:
    hidden: int = 48
    lr: float = 0.03
    epochs: int = 24
    batch_size: int = 50


class Normalise(nn.Module):
    """Keeps the statistics inside the model so that it can be deployed on raw readings."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer('mean', mean)
        self.register_buffer('std', std)

    def forward(self, x):
        return (x - self.mean) / self.std


class BoilerSet(Dataset):
    def __init__(self, readings, efficiency, mean, std):
        self.readings = (readings - mean) / std
        self.efficiency = efficiency

    def __len__(self):
        return len(self.efficiency)

    def __getitem__(self, i):
        return self.readings[i], self.efficiency[i]


class BoilerModel(nn.Module):
    def __init__(self, mean, std, hidden):
        super().__init__()
        self.normalise = Normalise(mean, std)
        self.fc1 = nn.Linear(len(mean), hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        x = self.normalise(x)
        x = torch.tanh(self.fc1(x))
        x = torch.tanh(self.fc2(x))
        return self.out(x).squeeze(-1)


def simulate(n):
    z = torch.randn(n, 4)
    centre, spread = torch.tensor([450.0, 120.0, 1500.0, 60.0]), torch.tensor([40.0, 25.0, 300.0, 20.0])
    y = torch.sin(1.5 * z[:, 0]) + 0.6 * z[:, 1] * z[:, 2] + 0.5 * z[:, 3] + 0.1 * torch.randn(n)
    return centre + spread * z, y


torch.manual_seed(99)
hp = Hparams()
x, y = simulate(1300)
mean, std = x[:1000].mean(0), x[:1000].std(0)
y = (y - y[:1000].mean()) / y[:1000].std()
train = BoilerSet(x[:1000], y[:1000], mean, std)
test = BoilerSet(x[1000:], y[1000:], mean, std)
model = BoilerModel(mean, std, hp.hidden)
optimizer = torch.optim.SGD(model.parameters(), lr=hp.lr, momentum=0.9, nesterov=True)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=16, gamma=0.3)
loss_fn = nn.SmoothL1Loss()
loader = DataLoader(train, batch_size=hp.batch_size, shuffle=True)
for epoch in range(hp.epochs):
    model.train()
    total = 0
    for xb, yb in loader:
        loss = loss_fn(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    print(f'{epoch:02d} {total / len(loader):.4f}')
model.eval()
with torch.no_grad():
    xb, yb = test[:]
    print('metric:', 1 - (model(xb) - yb).pow(2).mean().item() / yb.var().item())
