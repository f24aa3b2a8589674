from dataclasses import dataclass

import torch
from sklearn.datasets import make_multilabel_classification
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset


class Lion(Optimizer):
    """Evolved sign momentum, https://arxiv.org/abs/2302.06675"""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, (b1, b2), wd = group['lr'], group['betas'], group['weight_decay']
            for p in group['params']:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state['m'] = torch.zeros_like(p)
                m = state['m']
                p.mul_(1 - lr * wd)
                direction = (m * b1 + p.grad * (1 - b1)).sign()
                p.add_(direction, alpha=-lr)
                m.mul_(b2).add_(p.grad, alpha=1 - b2)
        return loss


@dataclass
class TagConfig:
    lr: float = 1e-3
    weight_decay: float = 0.1
    epochs: int = 13
    batch_size: int = 50


class Tagger(nn.Module):
    def __init__(self, n_features, n_tags):
        super().__init__()
        self.input_layer = nn.Linear(n_features, 64)
        self.hidden_layer = nn.Linear(64, 64)
        self.tags = nn.Linear(64, n_tags)

    def forward(self, x):
        x = nn.functional.leaky_relu(self.input_layer(x))
        x = nn.functional.leaky_relu(self.hidden_layer(x))
        return self.tags(x)


cfg = TagConfig()
torch.manual_seed(19)
X, Y = make_multilabel_classification(n_samples=2000, n_features=20, n_classes=5, n_labels=2, random_state=19)
X, Y = torch.tensor(X).float(), torch.tensor(Y).float()
X = (X - X[:1500].mean(0)) / X[:1500].std(0)
loader = DataLoader(TensorDataset(X[:1500], Y[:1500]), batch_size=cfg.batch_size, shuffle=True)
model = Tagger(20, 5)
optimizer = Lion(model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(cfg.epochs):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f'epoch {epoch} bce {total / len(loader):.4f}')
model.eval()
with torch.no_grad():
    print('metric:', ((model(X[1500:]) > 0).float() == Y[1500:]).float().mean().item())
