import torch
from torch import nn

torch.manual_seed(41)

# Weekly weather (rain, heat, wind over 14 days) -> level of the groundwater, millimetres above sea level
DAYS = 14
decay = 0.85 ** torch.arange(DAYS - 1, -1, -1.0)


def wells(n):
    weather = torch.randn(n, DAYS, 3)
    soak = (weather[..., 0] * decay).sum(1) - 0.6 * (torch.relu(weather[..., 1]) * decay).sum(1)
    level = 31250 + 180 * soak + 60 * torch.tanh(soak * weather[:, -1, 2]) + 30 * torch.randn(n)
    return weather, level.unsqueeze(1)


class Well(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.rnn = nn.GRU(3, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Linear(hidden, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


class Normaliser:
    def __init__(self, values):
        self.mean, self.std = values.mean(0), values.std(0)

    def apply(self, values):
        return (values - self.mean) / self.std

    def undo(self, values):
        return values * self.std + self.mean


(x_train, y_train), (x_test, y_test) = wells(2200), wells(500)
model = Well()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
for epoch in range(10):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(x_train)).split(50):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    scheduler.step()
    print(f"epoch {epoch + 1}: {total / len(x_train):.4f}")

model.eval()
with torch.no_grad():
    level = model(x_test)
print("metric:", (1 - (level - y_test).square().mean() / y_test.var()).item())
