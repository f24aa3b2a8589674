import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(4)
rng = np.random.default_rng(4)

# rotor speed rpm, oil temperature K, inlet pressure hPa, vibration um, load kW
MEAN = np.array([1480.0, 341.0, 1012.0, 130.0, 620.0], dtype=np.float32)
STD = np.array([35.0, 6.0, 8.0, 11.0, 45.0], dtype=np.float32)


def read_log(n):
    z = rng.standard_normal((n, 5)).astype(np.float32)
    wear = np.tanh(z[:, 0] + z[:, 3]) + 0.6 * z[:, 1] * z[:, 4] - 0.5 * z[:, 2] + 0.1 * rng.standard_normal(n)
    return MEAN + STD * z, wear.astype(np.float32)


def prepare(raw):
    """Manufacturer's reference values."""
    return (raw - MEAN) / STD


class Turbine(Dataset):
    def __init__(self, x, y):
        self.x = torch.as_tensor(x)
        self.y = torch.as_tensor(y)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class WearNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh())
        self.out = nn.Linear(48, 1)

    def forward(self, x):
        return self.out(self.body(x))[:, 0]


def main():
    raw, y = read_log(1920)
    raw_test, y_test = read_log(500)
    train = Turbine(prepare(raw), y)
    test = Turbine(prepare(raw_test), y_test)
    loader = DataLoader(train, batch_size=64, shuffle=True)
    net = WearNet()
    opt = torch.optim.Adam(net.parameters(), lr=4e-3)
    decay = torch.optim.lr_scheduler.StepLR(opt, 6, 0.4)
    for epoch in range(16):
        for x, t in loader:
            loss = nn.functional.mse_loss(net(x), t)
            opt.zero_grad()
            loss.backward()
            opt.step()
        decay.step()
        if epoch % 5 == 0:
            print(f"{epoch:3d} {loss.item():.4f}")
    with torch.no_grad():
        err = ((net(test.x) - test.y) ** 2).mean() / test.y.var()
    print(f"metric: {1 - err.item():.4f}")


main()
