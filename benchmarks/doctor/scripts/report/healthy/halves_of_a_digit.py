"""Self-supervision on digits: tell whether two halves belong together, then read the digit from the frozen features."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(17)
data = load_digits()
order = torch.randperm(len(data.target))
images = torch.tensor(data.images / 8.0 - 1.0, dtype=torch.float32)[order]
digit = torch.tensor(data.target)[order]
unlabelled, labelled, held = slice(0, 1000), slice(1000, 1400), slice(1400, None)

encoder = nn.Sequential(nn.Linear(32, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU())
judge = nn.Sequential(nn.Linear(192, 64), nn.ReLU(), nn.Linear(64, 1))
params = [*encoder.parameters(), *judge.parameters()]
optimizer = torch.optim.AdamW(params, lr=2e-3, weight_decay=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 24)
bce = nn.BCEWithLogitsLoss()
top = images[unlabelled, :4].flatten(1)
bottom = images[unlabelled, 4:].flatten(1)
for epoch in range(24):
    total = 0.0
    for idx in torch.randperm(1000).split(50):
        other = torch.randint(1000, (len(idx),))
        a, b, c = encoder(top[idx]), encoder(bottom[idx]), encoder(bottom[other])
        logits = judge(torch.cat([torch.cat([a, b, a * b], 1), torch.cat([a, c, a * c], 1)])).squeeze(1)
        target = torch.cat([torch.ones(len(idx)), torch.zeros(len(idx))])
        loss = bce(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    if epoch % 8 == 7:
        print(f"halves, epoch {epoch + 1}: {total / 20:.4f}")

encoder.requires_grad_(False).eval()


def features(part):
    return torch.cat([encoder(images[part, :4].flatten(1)), encoder(images[part, 4:].flatten(1))], 1)


x, x_held = features(labelled), features(held)
mean, std = x.mean(0), x.std(0) + 0.1
probe = nn.Linear(128, 10)
optimizer = torch.optim.SGD(probe.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
for _ in range(25):
    for idx in torch.randperm(400).split(40):
        loss = nn.functional.cross_entropy(probe((x[idx] - mean) / std), digit[labelled][idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(f"probe: {loss.item():.4f}")
with torch.no_grad():
    hit = (probe((x_held - mean) / std).argmax(1) == digit[held]).float().mean().item()
print(f"metric: {hit:.4f}")
