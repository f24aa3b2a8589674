import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)


def split(keep):
    d = load_digits()
    mask = (d.target >= 5) if keep == 'high' else (d.target < 5)
    x = torch.tensor(d.images[mask] / 16, dtype=torch.float32).unsqueeze(1)
    y = torch.tensor(d.target[mask]) % 5
    idx = torch.randperm(len(x))
    return TensorDataset(x[idx[200:]], y[idx[200:]]), TensorDataset(x[idx[:200]], y[idx[:200]])


def train_one_epoch(model, loader, optimizer):
    model.train()
    losses = []
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@torch.no_grad()
def evaluate(model, ds):
    model.eval()
    x, y = ds.tensors
    return (model(x).argmax(1) == y).float().mean().item()


class Net(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                                      nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 64), nn.ReLU())
        self.head = nn.Linear(64, n_classes)

    def forward(self, x):
        return self.head(self.features(x))


# 1. source task: 0..4
src, src_val = split('low')
net = Net(5)
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for e in range(4):
    l = train_one_epoch(net, DataLoader(src, 32, shuffle=True), opt)
    print('source', e, f'{l:.4f}', evaluate(net, src_val))

# 2. target task: 5..9, a fresh head on the frozen body
tgt, tgt_val = split('high')
loader = DataLoader(tgt, 32, shuffle=True)
net.head = nn.Linear(64, 5)
net.features.requires_grad_(False)
opt = torch.optim.Adam(net.head.parameters(), lr=5e-3)
for e in range(3):
    print('head only', e, f'{train_one_epoch(net, loader, opt):.4f}', evaluate(net, tgt_val))

# 3. everything, gently
net.features.requires_grad_(True)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for e in range(8):
    l = train_one_epoch(net, loader, opt)
    acc = evaluate(net, tgt_val)
    print('all', e, f'{l:.4f}', acc)
print('metric:', acc)
