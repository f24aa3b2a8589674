# %% [markdown]
# Forecast 3 steps of a two-channel signal with a small 1d CNN
# %%
import math
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(99)


# %%
def simulate(n):
    """noisy coupled oscillators with drifting frequency"""
    phase = torch.cumsum(0.25 + 0.05 * torch.sin(torch.arange(n) / 90.0), 0)
    a = torch.sin(phase) + 0.4 * torch.sin(2.3 * phase)
    b = torch.cos(phase * 0.7 + 1) * (1 + 0.3 * a)
    return torch.stack([a, b]) + 0.05 * torch.randn(2, n)


class Windows(Dataset):
    def __init__(self, sig, past=24, ahead=3):
        self.sig, self.past, self.ahead = sig, past, ahead

    def __len__(self):
        return self.sig.shape[1] - self.past - self.ahead + 1

    def __getitem__(self, i):
        j = i + self.past
        return {"past": self.sig[:, i:j], "future": self.sig[0, j:j + self.ahead]}


sig = simulate(2400)
train, test = sig[:, :1900], sig[:, 1900:]
m, s = train.mean(1, keepdim=True), train.std(1, keepdim=True)
train, test = (train - m) / s, (test - m) / s
loader = DataLoader(Windows(train), batch_size=42, shuffle=True)

# %%
body = nn.Sequential(
    nn.Conv1d(2, 16, 5, padding=2), nn.ReLU(),
    nn.Conv1d(16, 16, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
    nn.Flatten(),
    nn.Linear(16 * 12, 128), nn.ReLU(),
    nn.Linear(128, 3),
)
opt = torch.optim.SGD(body.parameters(), lr=0.02, momentum=0.9)
for epoch in range(12):
    tot = n = 0
    for batch in loader:
        pred = body(batch["past"])
        loss = (pred - batch["future"]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot, n = tot + loss.item(), n + 1
    print(epoch, tot / n)

# %%
ds = Windows(test)
past = torch.stack([ds[i]["past"] for i in range(len(ds))])
fut = torch.stack([ds[i]["future"] for i in range(len(ds))])
with torch.no_grad():
    mse = (body(past) - fut).pow(2).mean()
print("metric:", float(1 - mse / fut.var(unbiased=False)))
