# %% LoRA from scratch: adapt a frozen digit classifier to inverted + shifted scans
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(42)
X = torch.tensor(load_digits().data, dtype=torch.float32) / 16
Y = torch.tensor(load_digits().target)
order = torch.randperm(len(X))
old, new, test = order[:700], order[700:1400], order[1400:]


def scan(x):  # the new scanner: ink and paper swapped, one column to the left
    return 1 - torch.roll(x.view(-1, 8, 8), -1, dims=2).reshape(-1, 64)


mu, sd = X[old].mean(), X[old].std()
norm = lambda x: (x - mu) / sd

# %% the base model, trained on the old scanner
base = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(base.parameters(), lr=2e-3)
for _ in range(12):
    for i in old[torch.randperm(len(old))].split(32):
        loss = nn.functional.cross_entropy(base(norm(X[i])), Y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
acc = lambda m, x, i: (m(norm(x)).argmax(1) == Y[i]).float().mean().item()
with torch.no_grad():
    print("base, old scanner:", acc(base, X[test], test), " new scanner:", acc(base, scan(X[test]), test))


# %% low-rank update of every linear layer
class LoRALinear(nn.Module):
    def __init__(self, linear, rank=8, alpha=16):
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.A = nn.Parameter(torch.zeros(rank, linear.in_features))
        self.B = nn.Parameter(torch.zeros(linear.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return self.linear(x) + self.scale * (x @ self.A.T @ self.B.T)


class Adapted(nn.Module):
    def __init__(self, base, rank):
        super().__init__()
        self.net = nn.Sequential(*[LoRALinear(m, rank) if isinstance(m, nn.Linear) else m for m in base])

    def forward(self, x):
        return self.net(x)


model = Adapted(base, rank=8)
lora = [p for p in model.parameters() if p.requires_grad]
print("trainable:", sum(p.numel() for p in lora), "of", sum(p.numel() for p in model.parameters()))
opt = torch.optim.AdamW(lora, lr=4e-3, weight_decay=0.01)
for epoch in range(20):
    total = 0
    for i in new[torch.randperm(len(new))].split(32):
        loss = nn.functional.cross_entropy(model(norm(scan(X[i]))), Y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(i)
    if epoch % 4 == 3:
        print("epoch", epoch + 1, "loss", round(total / len(new), 4))

# %%
with torch.no_grad():
    print("metric:", acc(model, scan(X[test]), test))
