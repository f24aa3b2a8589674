"""A masked autoencoder on digits: three quarters of the 16 patches are hidden and have to be filled in.

The loss is that of the hidden patches alone. Afterwards a linear probe reads the frozen encoder.
"""

import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
N_PATCHES, N_KEPT, DIM = 16, 6, 32


def patchify(x):
    return x.view(-1, 4, 2, 4, 2).permute(0, 1, 3, 2, 4).reshape(-1, N_PATCHES, 4)


class MAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(4, DIM)
        self.place = nn.Parameter(torch.randn(1, N_PATCHES, DIM) * 0.2)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, DIM))
        layer = dict(dim_feedforward=64, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoderLayer(DIM, 4, **layer)
        self.norm = nn.LayerNorm(DIM)
        self.decoder = nn.TransformerEncoderLayer(DIM, 4, **layer)
        self.to_pixels = nn.Linear(DIM, 4)

    def encode(self, patches, kept=None):
        tokens = self.embed(patches) + self.place
        if kept is not None:
            tokens = tokens.gather(1, kept.unsqueeze(2).expand(-1, -1, DIM))
        return self.norm(self.encoder(tokens))

    def forward(self, patches):
        order = torch.rand(len(patches), N_PATCHES).argsort(1)
        kept, hidden = order[:, :N_KEPT], order[:, N_KEPT:]
        seen = self.encode(patches, kept)
        full = self.mask_token.expand(len(patches), N_PATCHES, DIM)
        full = full.scatter(1, kept.unsqueeze(2).expand(-1, -1, DIM), seen) + self.place
        guess = self.to_pixels(self.decoder(full))
        pick = hidden.unsqueeze(2).expand(-1, -1, 4)
        return (guess.gather(1, pick) - patches.gather(1, pick)).square().mean()


images, labels = load_digits(return_X_y=True)
images, labels = torch.tensor(images, dtype=torch.float32), torch.tensor(labels)
order = torch.randperm(len(images))
train, test = order[:1350], order[1350:]
patches = patchify((images - images[train].mean()) / images[train].std())

mae = MAE()
opt = torch.optim.AdamW(mae.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.05)
epochs, per_epoch = 8, 22
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=4e-3, total_steps=epochs * per_epoch, pct_start=0.15)
for epoch in range(epochs):
    total = 0.0
    for idx in train[torch.randperm(len(train))].split(64):
        loss = mae(patches[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        total += loss.item() * len(idx) / len(train)
    if epoch % 3 == 0:
        print(f"pre-training {epoch + 1}: loss on hidden patches {total:.3f}")

mae.requires_grad_(False).eval()
with torch.no_grad():
    features = mae.encode(patches).flatten(1)
mean, std = features[train].mean(0), features[train].std(0)
features = (features - mean) / std
probe = nn.Linear(features.shape[1], 10)
opt = torch.optim.AdamW(probe.parameters(), lr=2e-3, weight_decay=0.05)
for _ in range(10):
    total = 0.0
    for idx in train[torch.randperm(len(train))].split(64):
        loss = nn.functional.cross_entropy(probe(features[idx]), labels[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(idx) / len(train)
print(f"probe: loss {total:.3f}")
print("metric:", (probe(features[test]).argmax(1) == labels[test]).float().mean().item())
