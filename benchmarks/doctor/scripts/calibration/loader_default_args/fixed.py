# Vibration -> bearing wear (regression), noisy labels from a gauge
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(55)
n = 1000
x = torch.randn(n, 10)
w = torch.randn(10) / 10 ** 0.5
wear = torch.tanh(x @ w) + 0.5 * (x[:, 0] * x[:, 1]).clamp(-2, 2)
y = wear + 0.6 * torch.randn(n)
full = TensorDataset(x, y, wear)
train_set, test_set = random_split(full, [750, 250], generator=torch.Generator().manual_seed(1))

train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
test_loader = DataLoader(test_set, batch_size=250)


def make_model():
    return nn.Sequential(nn.Linear(10, 48), nn.Tanh(), nn.Linear(48, 24), nn.Tanh(), nn.Linear(24, 1), nn.Flatten(0))


def train(model, epochs):
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)
    log = []
    for e in range(epochs):
        s, m = 0.0, 0
        for xb, yb, _ in train_loader:
            err = nn.functional.mse_loss(model(xb), yb)
            opt.zero_grad()
            err.backward()
            opt.step()
            s += err.item() * len(xb)
            m += len(xb)
        log.append(s / m)
    return log


model = make_model()
print([round(v, 3) for v in train(model, 6)])
with torch.no_grad():
    xb, _, true = next(iter(test_loader))
    p = model(xb)
# against the clean wear, not the gauge
print('metric:', (1 - ((p - true) ** 2).mean() / true.var()).item())
