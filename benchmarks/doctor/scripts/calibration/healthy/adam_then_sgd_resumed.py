"""Adam first, 'saved' to a buffer, loaded into a fresh model and finished with SGD, as after an interrupted job."""
import io
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SEED = 64


def build():
    return nn.Sequential(
        nn.Conv1d(1, 12, 7, stride=2, padding=3), nn.BatchNorm1d(12), nn.ReLU(),
        nn.Conv1d(12, 24, 5, stride=2, padding=2), nn.BatchNorm1d(24), nn.ReLU(),
        nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(96, 4))


def waves(n):
    t = torch.linspace(0, 1, 96)
    kind = torch.randint(0, 4, (n,))
    freq, phase = 3 + 3 * torch.rand(n, 1), torch.rand(n, 1)
    ramp = (freq * t + phase) % 1.0
    forms = torch.stack([torch.sin(2 * torch.pi * ramp), torch.sign(ramp - 0.5), 2 * ramp - 1, 4 * (ramp - 0.5).abs() - 1], 1)
    x = forms[torch.arange(n), kind] * (0.7 + 0.6 * torch.rand(n, 1)) + 0.2 * torch.randn(n, 96)
    return x.unsqueeze(1), kind


def train(model, opt, loader, epochs, tag):
    model.train()
    for epoch in range(epochs):
        total = 0.0
        for xb, yb in loader:
            loss = nn.functional.cross_entropy(model(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item()
        print(f"[{tag}] epoch {epoch} loss {total / len(loader):.4f} lr {opt.param_groups[0]['lr']:.4g}")


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


torch.manual_seed(SEED)
loader = DataLoader(TensorDataset(*waves(1600)), batch_size=40, shuffle=True)
xt, yt = waves(500)
first = build()
train(first, torch.optim.Adam(first.parameters(), lr=5e-3), loader, 7, "adam")
buffer = io.BytesIO()
torch.save({"model": first.state_dict(), "epoch": 7}, buffer)
print("accuracy when interrupted:", accuracy(first, xt, yt))

buffer.seek(0)
checkpoint = torch.load(buffer)
model = build()
model.load_state_dict(checkpoint["model"])
opt = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)
print("accuracy of what was loaded:", accuracy(model, xt, yt))
train(model, opt, loader, 6, "sgd")
print("metric:", accuracy(model, xt, yt))
