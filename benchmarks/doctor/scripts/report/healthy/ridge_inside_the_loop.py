"""Meta-learning with a closed-form head (R2-D2): features learned through the ridge regression of each task."""

import math

import torch
from torch import nn

torch.manual_seed(8)


def tasks(n, points=20):
    """Each task is a sum of two waves with its own amplitudes; ten points to fit, ten to predict."""
    x = 6 * torch.rand(n, points, 1) - 3
    a = torch.randn(n, 4)
    y = a[:, :1] * torch.sin(1.5 * x[..., 0]) + a[:, 1:2] * torch.cos(1.5 * x[..., 0])
    y = y + a[:, 2:3] * torch.sin(0.6 * x[..., 0]) + 0.5 * a[:, 3:4] * x[..., 0] / 3
    y = y + 0.05 * torch.randn_like(y)
    return x[:, :10], y[:, :10], x[:, 10:], y[:, 10:]


class Features(nn.Module):
    def __init__(self, width=64, out=16):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, out)
        )
        self.log_lambda = nn.Parameter(torch.tensor(math.log(0.1)))

    def solve(self, x, y):
        phi = self.net(x)
        gram = phi.transpose(1, 2) @ phi + self.log_lambda.exp() * torch.eye(phi.shape[-1])
        return torch.linalg.solve(gram, phi.transpose(1, 2) @ y.unsqueeze(-1))

    def forward(self, x_fit, y_fit, x_new):
        return (self.net(x_new) @ self.solve(x_fit, y_fit)).squeeze(-1)


model = Features()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=500)
test = tasks(400)


@torch.no_grad()
def score():
    x_fit, y_fit, x_new, y_new = test
    return 1 - ((model(x_fit, y_fit, x_new) - y_new) ** 2).sum().item() / (y_new**2).sum().item()


for step in range(1, 501):
    x_fit, y_fit, x_new, y_new = tasks(32)
    loss = nn.functional.mse_loss(model(x_fit, y_fit, x_new), y_new)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    scheduler.step()
    if step % 100 == 0:
        print(f"{step:4d} loss {loss.item():.4f} held-out R2 {score():.4f} lambda {model.log_lambda.exp().item():.3f}")
print("metric:", round(score(), 4))
