import numpy as np
import torch
from torch import nn
from sklearn.datasets import load_digits

np.random.seed(4)
torch.manual_seed(4)

digits = load_digits()
order = np.random.permutation(len(digits.data))
X = torch.from_numpy(digits.data[order] / 16.0).float()
y = torch.from_numpy(digits.target[order])
Xtr, ytr, Xte, yte = X[:1200], y[:1200], X[1200:], y[1200:]

embed = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
opt = torch.optim.Adam(embed.parameters(), lr=1e-3)
margin = 2.0


def pair_loss(z, lab):
    # all pairs in the batch at once
    diff = z.unsqueeze(0) - z.unsqueeze(1)
    dist = torch.sqrt((diff ** 2).sum(-1))
    same = (lab.unsqueeze(0) == lab.unsqueeze(1)).float()
    eye = torch.eye(len(lab))
    pos = same - eye
    neg = 1 - same
    pull = (pos * dist ** 2).sum() / pos.sum().clamp(min=1)
    push = (neg * torch.relu(margin - dist) ** 2).sum() / neg.sum()
    return pull + push


for step in range(300):
    idx = torch.randint(0, len(Xtr), (64,))
    loss = pair_loss(embed(Xtr[idx]), ytr[idx])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        print(step, loss.item())

with torch.no_grad():
    a, b = embed(Xtr), embed(Xte)
    nearest = torch.cdist(b, a).argmin(1)
    acc = (ytr[nearest] == yte).float().mean().item()
print('metric:', acc)
