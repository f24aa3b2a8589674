"""Monte-Carlo dropout: the network is left in training mode for prediction on purpose, and thirty draws are averaged."""
import torch
from torch import nn

torch.manual_seed(28)


def plant(n):
    x = torch.rand(n, 4) * 3.46 - 1.73
    return x, 1.2 * x[:, 0] - 0.8 * x[:, 1] * x[:, 2] + 0.5 * torch.cos(2 * x[:, 3]) + 0.1 * torch.randn(n)


x, y = plant(1500)
x_test, y_test = plant(400)
mu, sigma = y.mean(), y.std()
net = nn.Sequential(
    nn.Linear(4, 96), nn.ReLU(), nn.Dropout(0.1), nn.Linear(96, 96), nn.ReLU(), nn.Dropout(0.1), nn.Linear(96, 1)
)
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 24)
for epoch in range(24):
    for rows in torch.randperm(len(x)).split(60):
        loss = nn.functional.mse_loss(net(x[rows]).squeeze(1), (y[rows] - mu) / sigma)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    if epoch % 6 == 5:
        print(epoch + 1, loss.item())
with torch.no_grad():
    draws = torch.stack([net(x_test).squeeze(1) for _ in range(30)]) * sigma + mu
print("mean spread of the draws", draws.std(0).mean().item())
print("metric:", 1 - ((draws.mean(0) - y_test).square().mean() / y_test.var()).item())
