from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class ArmConfig:
    steps_per_log: int = 60
    epochs: int = 12
    batch_size: int = 50
    lr: float = 3e-3


class RunningLoss:
    """Exponentially smoothed loss, as shown on the console."""

    def __init__(self, beta=0.95):
        self.beta = beta
        self.value = None

    def push(self, loss):
        self.value = loss if self.value is None else self.beta * self.value + (1 - self.beta) * loss


class ForwardKinematics(nn.Module):
    def __init__(self):
        super().__init__()
        self.joint_encoder = nn.Linear(6, 64)
        self.body = nn.Linear(64, 64)
        self.position = nn.Linear(64, 2)

    def forward(self, joints):
        h = nn.functional.gelu(self.joint_encoder(joints))
        return self.position(nn.functional.gelu(self.body(h)))


def arms(n):
    angle = (torch.rand(n, 3) - 0.5) * 3
    total = angle.cumsum(1)
    length = torch.tensor([1.0, 0.7, 0.4])
    xy = torch.stack([(length * total.cos()).sum(1), (length * total.sin()).sum(1)], 1)
    return torch.cat([angle.sin(), angle.cos()], 1), xy + 0.02 * torch.randn(n, 2)


torch.manual_seed(35)
cfg = ArmConfig()
x, y = arms(1500)
x_test, y_test = arms(500)
mean, std = y.mean(0), y.std(0)
y, y_test = (y - mean) / std, (y_test - mean) / std
model = ForwardKinematics()
optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.85)
criterion = nn.MSELoss()
smooth, step = RunningLoss(), 0
for epoch in range(cfg.epochs):
    model.train()
    for xb, yb in DataLoader(TensorDataset(x, y), batch_size=cfg.batch_size, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        smooth.push(loss.item())
        step += 1
        if step % cfg.steps_per_log == 0:
            print(f'step {step}: smoothed loss {smooth.value:.4f}')
    scheduler.step()
model.eval()
with torch.no_grad():
    r2 = 1 - (model(x_test) - y_test).pow(2).mean(0) / y_test.var(0)
print('metric:', r2.mean().item())
