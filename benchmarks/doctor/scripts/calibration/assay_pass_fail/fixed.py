import numpy as np
import torch
from torch import nn

# Does a batch of tablets pass the dissolution limit?  Process settings -> pass / fail.
# The laboratory measures each production batch several times (24 tablets).
rs = np.random.RandomState(77)
torch.manual_seed(77)
N, TABLETS = 1600, 24
settings = rs.uniform(-1, 1, (N, 7))
latent = 80 + 6 * settings[:, 0] + 5 * settings[:, 1] * settings[:, 2] - 4 * settings[:, 3] ** 2 + 5 * np.sin(2 * settings[:, 4])
readings = latent[:, None] + rs.normal(0, 9, (N, TABLETS))
LIMIT = 79.0

fit, held = slice(0, 1200), slice(1200, N)
released = readings.mean(axis=1) > LIMIT
truth = latent > LIMIT

X = torch.tensor(settings, dtype=torch.float32)
y = torch.tensor(released, dtype=torch.float32)


class PassNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(7, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.logit = nn.Linear(64, 1)

    def forward(self, x):
        return self.logit(self.body(x)).squeeze(-1)


model = PassNet()
opt = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
bce = nn.BCEWithLogitsLoss()
Xf, yf = X[fit], y[fit]
for epoch in range(16):
    order = torch.randperm(len(Xf))
    acc_loss = 0
    for start in range(0, len(order), 40):
        i = order[start:start + 40]
        loss = bce(model(Xf[i]), yf[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        acc_loss += loss.item() * len(i)
    if epoch % 4 == 3:
        print(epoch, acc_loss / len(Xf))
with torch.no_grad():
    decision = model(X[held]) > 0
print('metric:', (decision.numpy() == truth[held]).mean())
