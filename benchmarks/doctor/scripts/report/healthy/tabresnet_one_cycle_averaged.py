import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_friedman1
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.manual_seed(15)

X, y = make_friedman1(n_samples=2600, n_features=12, noise=1.0, random_state=15)
x_train, x_test = X[:2000], X[2000:]
t_train, t_test = y[:2000], y[2000:]
x_mean, x_std, t_mean, t_std = x_train.mean(0), x_train.std(0), t_train.mean(), t_train.std()
x_train = torch.as_tensor((x_train - x_mean) / x_std).float()
x_test = torch.as_tensor((x_test - x_mean) / x_std).float()
t_train = torch.as_tensor((t_train - t_mean) / t_std).float()
t_test = torch.as_tensor((t_test - t_mean) / t_std).float()


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)
        nn.init.zeros_(self.down.weight)  # every block starts as the identity
        nn.init.zeros_(self.down.bias)

    def forward(self, x):
        return x + self.down(F.relu(self.up(self.norm(x))))


class TabResNet(nn.Module):
    def __init__(self, inputs=12, width=32, blocks=3):
        super().__init__()
        self.embed = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.readout = nn.Linear(width, 1)

    def forward(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.readout(x).squeeze(-1)


net = TabResNet()
ema = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.98))
epochs, batch = 14, 50
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.02)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=epochs * 40)

for epoch in range(epochs):
    net.train()
    losses = []
    for rows in torch.randperm(2000).view(-1, batch):
        loss = F.mse_loss(net(x_train[rows]), t_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        ema.update_parameters(net)
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        plain = F.mse_loss(net(x_test), t_test).item()
        averaged = F.mse_loss(ema(x_test), t_test).item()
    print(f"epoch {epoch + 1:2d}  train {np.mean(losses):.4f}  test {plain:.4f}  test of the average {averaged:.4f}")
print(f"metric: {1 - averaged / t_test.var(unbiased=False).item():.4f}")
