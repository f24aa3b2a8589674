import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(99)


def simulate(n):
    g = torch.Generator().manual_seed(n)
    state = torch.randint(0, 4, (n,), generator=g)
    base = torch.tensor([[820., 61., 14., 210.], [1900., 74., 35., 260.], [2600., 88., 60., 330.], [2550., 104., 38., 300.]])
    spread = torch.tensor([260., 9., 8., 38.])
    return base[state] + spread * torch.randn(n, 4, generator=g), state


class EngineLog(Dataset):
    """rows of rpm, coolant temperature, torque, exhaust temperature -> operating state"""

    def __init__(self, x, y, stats=None):
        self.stats = stats
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        x = self.x[i]
        if self.stats is not None:
            x = (x - self.stats[0]) / self.stats[1]
        return x, self.y[i]


class Standardise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, x):
        return (x - self.mean) / self.std


def build(stats):
    return nn.Sequential(
        Standardise(*stats),  # part of the exported model
        nn.Linear(4, 32), nn.Tanh(),
        nn.Linear(32, 16), nn.Tanh(),
        nn.Linear(16, 4),
    )


xtr, ytr = simulate(1500)
xva, yva = simulate(500)
stats = (xtr.mean(0), xtr.std(0))
train = DataLoader(EngineLog(xtr, ytr, stats), batch_size=30, shuffle=True)
valid = DataLoader(EngineLog(xva, yva, stats), batch_size=250)
model = build(stats)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
criterion = nn.CrossEntropyLoss()

for epoch in range(8):
    model.train()
    for x, y in train:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = torch.cat([model(x).argmax(1) == y for x, y in valid]).float().mean().item()
    print("epoch", epoch, "acc", round(acc, 3))
print("metric:", acc)
