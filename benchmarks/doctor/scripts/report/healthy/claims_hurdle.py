"""Motor claims: whether there is one (binary head) and how large it is (Gamma head, only where there is one)."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
rng = np.random.default_rng(0)

n = 5000
age = rng.uniform(18, 80, n)
power = rng.gamma(6.0, 15.0, n)
region = rng.integers(0, 6, n)
annual_km = rng.lognormal(2.3, 0.5, n)
risk = np.array([-0.8, -0.3, 0.0, 0.3, 0.7, 1.2])[region]
logit = -1.0 + 1.3 * risk + 1.8 * np.exp(-(age - 18) / 8) + 1.1 * np.log(annual_km / 10) + 0.012 * (power - 90)
claim = rng.random(n) < 1 / (1 + np.exp(-logit))
log_mean = 0.3 + 0.008 * (power - 90) + 0.4 * (region >= 4) + 0.5 * np.exp(-(age - 18) / 8)
amount = np.where(claim, rng.gamma(3.0, np.exp(log_mean) / 3.0), 0.0)  # in thousands

numbers = np.stack([age, np.log(power), np.log(annual_km)], axis=1)
full = TensorDataset(
    torch.tensor(numbers, dtype=torch.float32), torch.tensor(region), torch.tensor(amount, dtype=torch.float32)
)
train, test = random_split(full, [4000, 1000], generator=torch.Generator().manual_seed(1))
known = full.tensors[0][train.indices]


class HurdleNet(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.region = nn.Embedding(6, 3)
        self.shared = nn.Sequential(nn.Linear(6, 48), nn.SiLU(), nn.Linear(48, 24), nn.SiLU())
        self.occurs = nn.Linear(24, 1)
        self.log_size = nn.Linear(24, 1)

    def forward(self, numbers, region):
        h = self.shared(torch.cat([(numbers - self.mean) / self.std, self.region(region)], dim=1))
        return self.occurs(h).squeeze(1), self.log_size(h).squeeze(1)


def hurdle_loss(occurs, log_size, amount):
    happened = amount > 0
    first = F.binary_cross_entropy_with_logits(occurs, happened.float())
    # Gamma deviance with log link, on the claims only
    m, a = log_size[happened], amount[happened]
    second = 2 * (a * torch.exp(-m) - 1 - (a.log() - m)).sum() / len(amount)
    return first + second


model = HurdleNet(known.mean(0), known.std(0))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.85)
for epoch in range(10):
    model.train()
    total = 0.0
    for numbers_b, region_b, amount_b in DataLoader(train, batch_size=100, shuffle=True):
        loss = hurdle_loss(*model(numbers_b, region_b), amount_b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    print(f"epoch {epoch + 1}: {total / 40:.4f}, lr {scheduler.get_last_lr()[0]:.5f}")

model.eval()
with torch.no_grad():
    numbers_t, region_t, amount_t = (t[test.indices] for t in full.tensors)
    occurs, log_size = model(numbers_t, region_t)
    auc = roc_auc_score((amount_t > 0).numpy(), occurs.numpy())
    paid = amount_t > 0
    corr = np.corrcoef(log_size[paid].exp().numpy(), amount_t[paid].numpy())[0, 1]
print(f"AUC of the occurrence {auc:.3f}, correlation of the sizes {corr:.3f}")
print(f"metric: {auc:.4f}")
