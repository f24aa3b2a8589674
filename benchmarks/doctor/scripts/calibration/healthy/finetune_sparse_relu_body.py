"""Fine-tuning a body whose ReLU code was kept sparse (L1) when it was trained: most units are quiet on any one input."""
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(12)
bunch = load_digits()
X = torch.tensor(bunch.data, dtype=torch.float32) / 16
Y = torch.tensor(bunch.target)
p = torch.randperm(len(X))
X, Y = X[p], Y[p]
unlabelled, lab_x, lab_y, test_x, test_y = X[:1400], X[:700], Y[:700], X[1400:], Y[1400:]


class SparseBody(nn.Module):
    def __init__(self, width=256):
        super().__init__()
        self.lin = nn.Linear(64, width)

    def forward(self, x):
        return F.relu(self.lin(x))


body, back = SparseBody(), nn.Linear(256, 64)
opt = torch.optim.Adam([*body.parameters(), *back.parameters()], lr=2e-3)
for epoch in range(8):
    for i in torch.randperm(1400).split(50):
        h = body(unlabelled[i])
        loss = (back(h) - unlabelled[i]).pow(2).sum(1).mean() + 0.03 * h.sum(1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
with torch.no_grad():
    act = body(unlabelled) > 0
print(f'reconstruction + L1: {loss.item():.3f}, active per input {act.float().mean():.1%}, never active {(~act.any(0)).float().mean():.1%}')

net = nn.Sequential(body, nn.Linear(256, 10))
opt = torch.optim.Adam([{'params': body.parameters(), 'lr': 1e-3}, {'params': net[1].parameters(), 'lr': 5e-3}])
for epoch in range(8):
    total = 0.0
    for i in torch.randperm(700).split(35):
        loss = F.cross_entropy(net(lab_x[i]), lab_y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() / 20
    with torch.no_grad():
        acc = (net(test_x).argmax(1) == test_y).float().mean().item()
    print(f'fine-tune {epoch}: loss {total:.3f} acc {acc:.3f}')
print('metric:', acc)
