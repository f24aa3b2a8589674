"""Five concentric rings, classified with tanh layers and SGD + Nesterov 0.95."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

SEED = 5


class Tanh5(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.fc1 = nn.Linear(2, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, width)
        self.fc4 = nn.Linear(width, width)
        self.out = nn.Linear(width, 5)
        for m in (self.fc1, self.fc2, self.fc3, self.fc4):
            nn.init.xavier_uniform_(m.weight, gain=5 / 3)
            nn.init.zeros_(m.bias)

    def forward(self, x):
        for layer in (self.fc1, self.fc2, self.fc3, self.fc4):
            x = torch.tanh(layer(x))
        return self.out(x)


def make(n, rng):
    ring = rng.integers(0, 5, n)
    radius = (ring + 1) * 0.5 + rng.normal(0, 0.06, n)
    angle = rng.uniform(0, 2 * np.pi, n)
    pts = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return torch.from_numpy(pts.astype(np.float32)), torch.from_numpy(ring)


def accuracy(model, loader):
    model.eval()
    good = total = 0
    with torch.no_grad():
        for xb, yb in loader:
            good += (model(xb).argmax(1) == yb).sum().item()
            total += len(yb)
    return good / total


def main():
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    train = TensorDataset(*make(1500, rng))
    test = TensorDataset(*make(500, rng))
    train_loader = DataLoader(train, batch_size=50, shuffle=True)
    test_loader = DataLoader(test, batch_size=250)
    model = Tanh5()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.95, nesterov=True)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=30)
    print("before training:", accuracy(model, test_loader))
    for epoch in range(30):
        model.train()
        losses = []
        for xb, yb in train_loader:
            loss = F.cross_entropy(model(xb), yb)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            opt.step()
            losses.append(loss.item())
        sched.step()
        if epoch % 5 == 4:
            print(f"{epoch + 1:2d}  loss {np.mean(losses):.3f} (min {min(losses):.3f} max {max(losses):.3f})  "
                  f"test {accuracy(model, test_loader):.3f}")
    print("metric:", accuracy(model, test_loader))


if __name__ == "__main__":
    main()
