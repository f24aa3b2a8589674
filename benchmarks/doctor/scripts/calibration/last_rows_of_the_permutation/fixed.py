import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(63)


def plates(n):
    """12 well readings -> strain 0..3."""
    y = torch.randint(0, 4, (n,))
    phase = y * 0.8
    t = torch.linspace(0, 3, 12)
    x = torch.sin(t * 2 + phase[:, None]) + 0.5 * torch.randn(n, 12)
    return x, y


x, y = plates(2000)
n_train, n_valid = 1536, 400
perm = torch.randperm(2000)
i_train, i_valid = perm[:n_train], perm[n_train:n_train + n_valid]
mu, sd = x[i_train].mean(0), x[i_train].std(0)
x = (x - mu) / sd
train = DataLoader(TensorDataset(x[i_train], y[i_train]), batch_size=64, shuffle=True)
valid = DataLoader(TensorDataset(x[i_valid], y[i_valid]), batch_size=200)

model = nn.Sequential(nn.Linear(12, 32), nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)


def validate():
    model.eval()
    hits = 0
    with torch.no_grad():
        for xb, yb in valid:
            hits += (model(xb).argmax(1) == yb).sum().item()
    return hits / len(valid.dataset)


best, best_state = 0.0, None
for epoch in range(20):
    model.train()
    for xb, yb in train:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
    scheduler.step()
    score = validate()
    if score > best:
        best, best_state = score, {k: v.clone() for k, v in model.state_dict().items()}
print("best validation accuracy", best)
model.load_state_dict(best_state)
model.eval()
x_new, y_new = plates(1000)
with torch.no_grad():
    print("metric:", (model((x_new - mu) / sd).argmax(1) == y_new).float().mean().item())
