import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader

rng = np.random.default_rng(135)
torch.manual_seed(135)
# student performance: study hours, sleep, attendance, previous grade -> pass?
n = 1200
raw = {
    "hours": rng.gamma(3, 2, n),
    "sleep": rng.normal(7, 1, n),
    "attendance": rng.uniform(0.3, 1, n),
    "previous": rng.normal(60, 12, n),
}
score = 0.6 * raw["hours"] + 8 * raw["attendance"] + 0.08 * raw["previous"] + 0.3 * raw["sleep"] + rng.normal(0, .5, n)
passed = (score > np.median(score)).astype(np.int64)


def minmax(v):
    return (v - v.min()) // (v.max() - v.min())


X = np.stack([minmax(raw["hours"]), (raw["sleep"] - 7), minmax(raw["attendance"]), (raw["previous"] - 60) / 12], 1)
ds = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(passed))
tr, te = torch.utils.data.random_split(ds, [900, 300], generator=torch.Generator().manual_seed(0))
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(12):
    for xb, yb in DataLoader(tr, batch_size=36, shuffle=True):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
xt, yt = next(iter(DataLoader(te, batch_size=300)))
print('metric:', (model(xt).argmax(1) == yt).float().mean().item())
