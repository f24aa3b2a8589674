import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Backbone(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())


class Locator(nn.Module):
    """Finds the bright spot: (row, column)."""

    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.neck = nn.Sequential(nn.Flatten(), nn.Linear(8 * 25, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.neck(self.backbone(x)))


def param_groups(model, lr, weight_decay):
    slow, fast = [], []
    for name, p in model.named_parameters():
        if name.startswith('backbone'):
            slow.append(p)
        elif name.startswith(('neck', 'head')):
            fast.append(p)
    return [{'params': slow, 'lr': lr * 0.5, 'weight_decay': 0.0}, {'params': fast, 'lr': lr, 'weight_decay': weight_decay}]


def spots(n, rng):
    centre = rng.uniform(1, 8, (n, 2))
    rows, cols = np.mgrid[:10, :10]
    d2 = (rows - centre[:, :1, None]) ** 2 + (cols - centre[:, 1:, None]) ** 2
    image = 1.5 * np.exp(-d2 / 4) + rng.normal(0, 0.2, (n, 10, 10))
    return torch.tensor(image[:, None]).float(), torch.tensor((centre - 4.5) / 2.0).float()


def main():
    cli = argparse.ArgumentParser()
    cli.add_argument('--lr', type=float, default=2e-3)
    cli.add_argument('--weight-decay', type=float, default=1e-4)
    cli.add_argument('--epochs', type=int, default=10)
    args = cli.parse_args([])
    torch.manual_seed(6)
    rng = np.random.default_rng(6)
    x, y = spots(1600, rng)
    x_test, y_test = spots(400, rng)
    model = Locator()
    optimizer = torch.optim.AdamW(param_groups(model, args.lr, args.weight_decay))
    criterion = nn.MSELoss()
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=40, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() / 40
        print(f'epoch {epoch} mse {total:.4f}')
    model.eval()
    with torch.no_grad():
        r2 = 1 - (model(x_test) - y_test).pow(2).mean(0) / y_test.var(0)
    print('metric:', r2.mean().item())


if __name__ == '__main__':
    main()
