import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(66)
rng = np.random.default_rng(66)
T = 60


def recordings(n):
    """wrist accelerometer, 60 samples: slow (0), medium (1) or fast (2) tremor with drift and noise"""
    kind = rng.integers(0, 3, n)
    freq = np.array([2.0, 3.0, 4.2])[kind] * rng.uniform(0.9, 1.1, n)
    t = np.linspace(0, 1, T)
    wave = np.sin(2 * np.pi * (freq[:, None] * t + rng.uniform(0, 1, (n, 1))))
    other = np.cos(2 * np.pi * (freq[:, None] * t + rng.uniform(0, 1, (n, 1))))
    drift = rng.normal(0, 0.3, (n, 1)) * t
    x = np.stack([wave + drift, other], 2) + rng.normal(0, 1.2, (n, T, 2))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(kind)


class DiagonalSSM(nn.Module):
    """x' = A x + B u, complex diagonal A, discretised exactly (zero-order hold)"""

    def __init__(self, d_in, d_state, d_out):
        super().__init__()
        self.log_decay = nn.Parameter(torch.linspace(0.1, 5.0, d_state).log())
        self.omega = nn.Parameter(torch.linspace(0.5, 40.0, d_state))
        self.B = nn.Linear(d_in, d_state, bias=False)
        self.C = nn.Linear(2 * d_state, d_out)
        self.dt = 2.5 / T

    def forward(self, u):
        a = torch.exp(self.log_decay)
        pole = torch.exp(self.dt * torch.complex(a, self.omega))
        drive = self.B(u).to(torch.complex64) * self.dt**0.5
        state = torch.zeros(u.shape[0], drive.shape[-1], dtype=torch.complex64)
        energy = 0
        for k in range(u.shape[1]):
            state = pole * state + drive[:, k]
            energy = energy + state.abs()
        return self.C(torch.cat([energy / u.shape[1], state.abs()], 1))


class TremorNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.ssm = DiagonalSSM(2, 24, 32)
        self.head = nn.Sequential(nn.GELU(), nn.Linear(32, 3))

    def forward(self, u):
        return self.head(self.ssm(u))


train = TensorDataset(*recordings(600))
x_val, y_val = recordings(300)
model = TremorNet()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(12):
    model.train()
    losses = []
    for xb, yb in DataLoader(train, batch_size=50, shuffle=True):
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        acc = (model(x_val).argmax(1) == y_val).float().mean().item()
    print(f"epoch {epoch + 1:2d}  loss {np.mean(losses):.4f}  val acc {acc:.3f}")
print("metric:", acc)
