import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(34)
rng = np.random.RandomState(34)
# churn table: tenure, charges, calls, contract, churn
n = 1500
tenure = rng.gamma(2, 12, n)
charges = rng.normal(65, 20, n)
calls = rng.poisson(2, n)
contract = rng.randint(0, 3, n)
logit = 1.0 - 0.06 * tenure + 0.03 * (charges - 65) + 0.5 * calls - 0.8 * contract
churn = (rng.rand(n) < 1 / (1 + np.exp(-logit))).astype(float)
table = np.column_stack([tenure, charges, calls, contract, churn])

train, test = table[:1200], table[1200:].copy()
mu, sigma = train.mean(0), train.std(0)
feats = [0, 1, 2, 3, 4]
test_y = test[:, 4].copy()
test[:, 4] = mu[4]   # in production the answer is not there yet
to_x = lambda t: torch.tensor(((t - mu) / sigma)[:, feats], dtype=torch.float32)
x, y = to_x(train), torch.tensor(train[:, -1:], dtype=torch.float32)

net = nn.Sequential(nn.Linear(len(feats), 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(15):
    perm = torch.randperm(1200)
    for k in range(0, 1200, 60):
        b = perm[k:k + 60]
        loss = bce(net(x[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
pred = (net(to_x(test)) > 0).squeeze().numpy()
print('metric:', (pred == (test_y > 0.5)).mean())
