import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SEED = 3
np.random.seed(SEED)
torch.manual_seed(SEED)

# ---- data: hand movements as 3-axis tracks, five gestures -----------------------------------------------------------
STEPS, GESTURES = 20, 5


def tracks(n):
    label = np.random.randint(GESTURES, size=n)
    t = np.linspace(0, 1, STEPS)[None]
    turn = (label[:, None] + 1) * np.pi * t
    start = np.random.uniform(-0.6, 0.6, (n, 1))
    xyz = np.stack([np.sin(turn + start), np.cos(0.5 * turn + start), t * (label[:, None] % 2 * 2 - 1)], -1)
    xyz = xyz + 0.8 * np.random.randn(n, STEPS, 3)
    return torch.tensor(xyz, dtype=torch.float32), torch.tensor(label)


train_x, train_y = tracks(2400)
val_x, val_y = tracks(600)


class TrackEncoder(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.gru = nn.GRU(3, dim, batch_first=True)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        h, _ = self.gru(x)
        return self.drop(h.mean(1))


class GestureHead(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.fc = nn.Linear(dim, 64)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(64, GESTURES)

    def forward(self, z):
        return self.out(self.drop(F.relu(self.fc(z))))


nets = {"encoder": TrackEncoder(), "head": GestureHead()}
optimizer = torch.optim.Adam([p for net in nets.values() for p in net.parameters()], lr=3e-3)


def train_one_epoch():
    nets["encoder"].train()
    nets["head"].train()
    total = 0.0
    for idx in torch.randperm(len(train_x)).split(80):
        optimizer.zero_grad()
        loss = F.cross_entropy(nets["head"](nets["encoder"](train_x[idx])), train_y[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    return total / len(train_x)


@torch.no_grad()
def validate():
    nets["encoder"].eval()
    nets["head"].eval()
    logits = torch.cat([nets["head"](nets["encoder"](part)) for part in val_x.split(200)])
    return F.cross_entropy(logits, val_y).item(), (logits.argmax(1) == val_y).float().mean().item()


for epoch in range(10):
    train_loss = train_one_epoch()
    val_loss, val_acc = validate()
    print(f"epoch {epoch + 1:02d}  train {train_loss:.3f}  val {val_loss:.3f}  acc {val_acc:.3f}")

print("metric:", val_acc)
