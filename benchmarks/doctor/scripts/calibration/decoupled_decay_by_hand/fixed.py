import numpy as np
import torch
from torch import nn

"""Soft sensor for a distillation column: purity from 12 tray temperatures. Decoupled decay as in AdamW, by hand,
because only the weight matrices should be decayed."""


class SoftSensor(nn.Module):
    def __init__(self, d, width):
        super().__init__()
        self.inp = nn.Linear(d, width)
        self.mid = nn.Linear(width, width)
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        h = nn.functional.softplus(self.inp(x))
        h = h + torch.tanh(self.mid(h))
        return self.out(h).squeeze(-1)


class Trainer:
    def __init__(self, model, lr=4e-3, decay=1.0):
        self.model, self.lr, self.decay = model, lr, decay
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.matrices = [p for p in model.parameters() if p.ndim == 2]

    def training_step(self, x, y):
        loss = nn.functional.mse_loss(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        with torch.no_grad():
            for w in self.matrices:
                w.mul_(1 - self.lr * self.decay)
        return loss.item()

    def fit(self, x, y, epochs, batch=30):
        for e in range(epochs):
            l = [self.training_step(x[i], y[i]) for i in torch.randperm(len(x)).split(batch)]
            if e % 10 == 0:
                print(f"epoch {e} mse {np.mean(l):.4f}")


torch.manual_seed(70)
rng = np.random.default_rng(70)
comp = rng.uniform(-1, 1, (700, 3))
mix = rng.normal(0, 1, (3, 12))
trays = comp @ mix + 0.4 * rng.normal(size=(700, 12))
purity = np.sin(1.5 * comp[:, 0]) + 0.6 * comp[:, 1] * comp[:, 2] + 0.15 * rng.normal(size=700)
X = (trays - trays[:500].mean(0)) / trays[:500].std(0)
Y = (purity - purity[:500].mean()) / purity[:500].std()
X, Y = torch.tensor(X, dtype=torch.float32), torch.tensor(Y, dtype=torch.float32)
trainer = Trainer(SoftSensor(12, 48))
trainer.fit(X[:500], Y[:500], epochs=60)
with torch.no_grad():
    r = trainer.model(X[500:]) - Y[500:]
print("metric:", float(1 - r.pow(2).mean() / Y[500:].var()))
