"""Surface finish from eight machine settings (simulated milling runs)."""
import torch
from torch import nn

torch.manual_seed(31)


def block(n_in, n_out, act=None):
    layers = [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out)]
    if act is not None:
        layers.append(act())
    return nn.Sequential(*layers)


class Surface(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(block(8, 64, nn.SiLU), block(64, 64, nn.SiLU), nn.Linear(64, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)


def simulate(n):
    x = torch.randn(n, 8)
    y = x[:, 0] * x[:, 1] + torch.sin(2 * x[:, 2]) + 0.4 * x[:, 3] ** 2 - 0.5 * x[:, 4] + 0.1 * torch.randn(n)
    return x, y


x_train, y_train = simulate(3000)
x_test, y_test = simulate(800)
y_mean, y_std = y_train.mean(), y_train.std()

model = Surface()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
epochs, bs = 20, 100
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=epochs)
for epoch in range(epochs):
    model.train()
    order = torch.randperm(len(x_train))
    total = 0.0
    for i in range(0, len(order), bs):
        k = order[i:i + bs]
        loss = nn.functional.mse_loss(model(x_train[k]), (y_train[k] - y_mean) / y_std)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(k)
    sched.step()
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1:2d}  train mse {total / len(order):.4f}")

model.eval()
with torch.no_grad():
    pred = model(x_test) * y_std + y_mean
print("metric:", 1 - ((pred - y_test) ** 2).mean().item() / y_test.var().item())
