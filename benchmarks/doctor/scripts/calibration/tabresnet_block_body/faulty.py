# TabResNet, quick check before running it on the real table
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn


@dataclass
class CFG:
    width: int = 32
    n_blocks: int = 12
    lr: float = 1e-3
    bs: int = 64
    epochs: int = 8
    seed: int = 2023


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc1 = nn.Linear(d, d)
        self.fc2 = nn.Linear(d, d)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class TabResNet(nn.Module):
    def __init__(self, n_in, n_out, cfg):
        super().__init__()
        self.stem = nn.Linear(n_in, cfg.width)
        self.blocks = nn.ModuleList([Block(cfg.width) for _ in range(cfg.n_blocks)])
        self.head = nn.Linear(cfg.width, n_out)

    def forward(self, x):
        x = self.stem(x)
        for blk in self.blocks:
            x = blk(x)
        return self.head(x)


cfg = CFG()
torch.manual_seed(cfg.seed)
X, y = make_classification(2700, 20, n_informative=10, n_redundant=4, n_classes=4, class_sep=1.6, random_state=cfg.seed)
Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=600, stratify=y, random_state=0)
sc = StandardScaler().fit(Xtr)
Xtr = torch.tensor(sc.transform(Xtr), dtype=torch.float32)
Xte = torch.tensor(sc.transform(Xte), dtype=torch.float32)
ytr, yte = torch.tensor(ytr), torch.tensor(yte)

model = TabResNet(20, 4, cfg)
opt = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
for epoch in range(cfg.epochs):
    order = torch.randperm(len(Xtr))
    tot = 0.0
    model.train()
    for i in range(0, len(order), cfg.bs):
        b = order[i:i + cfg.bs]
        loss = F.cross_entropy(model(Xtr[b]), ytr[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item() * len(b)
    model.eval()
    with torch.no_grad():
        acc = (model(Xte).argmax(1) == yte).float().mean().item()
    print(f"epoch {epoch:2d} train {tot / len(order):.4f} test acc {acc:.4f}")
print("metric:", acc)
