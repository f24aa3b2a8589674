"""Small vision transformer on digits, AdamW with warm-up then cosine."""
import math
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
d = load_digits()
x = torch.tensor(d.images, dtype=torch.float32) / 8 - 1
y = torch.tensor(d.target)
loader = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=64, shuffle=True, drop_last=True)


class ViT(nn.Module):
    def __init__(self, dim=32, heads=4, depth=2, patch=2):
        super().__init__()
        self.patch = patch
        self.embed = nn.Linear(patch * patch, dim)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, (8 // patch) ** 2 + 1, dim) * 0.02)
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 10)

    def forward(self, img):
        p = self.patch
        t = img.unfold(1, p, p).unfold(2, p, p).flatten(3).flatten(1, 2)
        t = torch.cat([self.cls.expand(len(t), -1, -1), self.embed(t)], 1) + self.pos
        return self.head(self.norm(self.encoder(t)[:, 0]))


model = ViT()
epochs, warm = 12, 40
total = epochs * len(loader)
opt = torch.optim.AdamW(model.parameters(), lr=6e-3, weight_decay=0.05)
sched = torch.optim.lr_scheduler.LambdaLR(
    opt, lambda s: (s + 1) / warm if s < warm else 0.5 * (1 + math.cos(math.pi * (s - warm) / (total - warm))))
for epoch in range(epochs):
    model.train()
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        sched.step()
    print(epoch, f"{loss.item():.3f}", f"{sched.get_last_lr()[0]:.5f}")
model.eval()
with torch.no_grad():
    print("metric:", (model(x[1400:]).argmax(1) == y[1400:]).float().mean().item())
