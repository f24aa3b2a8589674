import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Settings:
    lr: float = 1e-3
    batch_size: int = 20
    max_epochs: int = 200
    patience: int = 10
    hidden: int = 128
    seed: int = 17


class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.best = float('inf')
        self.bad = 0
        self.state = None

    def update(self, value, model):
        """Returns True when it is time to stop."""
        if value < self.best:
            self.best, self.bad = value, 0
            self.state = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        return self.bad > self.patience


class YieldModel(nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(d, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.out(self.body(x)).squeeze(1)


def chemistry(n, rng):
    x = rng.normal(size=(n, 12))
    y = x[:, 0] + 0.8 * x[:, 1] - 0.6 * x[:, 2] + 0.5 * np.abs(x[:, 3]) + rng.normal(0, 0.9, n)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


def mse_on(model, x, y):
    model.eval()
    with torch.no_grad():
        return nn.functional.mse_loss(model(x), y).item()


def main():
    s = Settings()
    torch.manual_seed(s.seed)
    rng = np.random.default_rng(s.seed)
    x_tr, y_tr = chemistry(240, rng)
    x_va, y_va = chemistry(200, rng)
    x_te, y_te = chemistry(600, rng)
    loader = DataLoader(TensorDataset(x_tr, y_tr), batch_size=s.batch_size, shuffle=True)
    model = YieldModel(12, s.hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)
    stopper = EarlyStopping(s.patience)
    for epoch in range(s.max_epochs):
        model.train()
        train_loss = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() / len(loader)
        val_loss = mse_on(model, x_va, y_va)
        if epoch % 5 == 0:
            print(f'{epoch:3d} train {train_loss:.3f} val {val_loss:.3f}')
        if stopper.update(val_loss, model):
            print('stopped at epoch', epoch)
            break
    model.load_state_dict(stopper.state)
    print('metric:', 1 - mse_on(model, x_te, y_te) / y_te.var().item())


if __name__ == '__main__':
    main()
