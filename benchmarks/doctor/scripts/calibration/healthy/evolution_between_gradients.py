"""Population of 4 networks: gradient steps for each, then every other epoch the worst is replaced by a mutated copy of the best."""
import copy
import numpy as np
import torch
from torch import nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

torch.manual_seed(9)
np.random.seed(9)
X, y = load_wine(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=60, stratify=y, random_state=0)
X_tr, X_va, y_tr, y_va = train_test_split(X_tr, y_tr, test_size=30, stratify=y_tr, random_state=0)
mu, sigma = X_tr.mean(0), X_tr.std(0)
f = lambda a: torch.tensor((a - mu) / sigma, dtype=torch.float32)
X_tr, X_va, X_te = f(X_tr), f(X_va), f(X_te)
y_tr, y_va, y_te = map(torch.tensor, (y_tr, y_va, y_te))


class Member:
    def __init__(self, lr):
        self.lr = lr
        self.net = nn.Sequential(nn.Linear(13, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 3))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=lr, momentum=0.9, weight_decay=5e-3)

    def epoch(self):
        self.net.train()
        for idx in torch.randperm(len(X_tr)).split(16):
            loss = nn.functional.cross_entropy(self.net(X_tr[idx]), y_tr[idx])
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()

    @torch.no_grad()
    def fitness(self):
        self.net.eval()
        return -nn.functional.cross_entropy(self.net(X_va), y_va).item()

    @torch.no_grad()
    def become(self, other):
        self.net.load_state_dict(other.net.state_dict())
        for p in self.net.parameters():
            p.mul_(1 + 0.02 * torch.randn_like(p))
        self.lr = float(np.clip(other.lr * np.random.choice([0.8, 1.25]), 0.005, 0.05))
        self.opt.load_state_dict(copy.deepcopy(other.opt.state_dict()))
        for g in self.opt.param_groups:
            g["lr"] = self.lr


population = [Member(lr) for lr in (0.01, 0.015, 0.02, 0.03)]
for generation in range(8):
    for m in population:
        m.epoch()
    ranked = sorted(population, key=lambda m: m.fitness(), reverse=True)
    print(generation, [f"{m.fitness():.3f}@{m.lr:.3f}" for m in ranked])
    if generation % 2 == 1 and generation < 7:
        ranked[-1].become(ranked[0])
with torch.no_grad():
    logits = torch.stack([m.net.eval()(X_te).softmax(1) for m in ranked[:2]]).mean(0)
print("metric:", (logits.argmax(1) == y_te).float().mean().item())
