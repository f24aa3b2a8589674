"""Battery capacity from charge-curve features: multi-layer perceptron, SGD with momentum."""

# %%
import torch
import torch.nn as nn

g = torch.Generator().manual_seed(8)
torch.manual_seed(8)

# %% data: ten features of a charge curve, capacity in percent
n = 4000
X = torch.randn(n, 10, generator=g)
ageing = torch.tanh(X[:, 0] + 0.5 * X[:, 1]) * X[:, 2] + torch.sin(1.5 * X[:, 3]) + 0.5 * torch.relu(X[:, 4] - X[:, 5])
capacity = 85 + 4 * ageing + 0.4 * torch.randn(n, generator=g)
tr, te = slice(0, 3200), slice(3200, n)
mu, sigma = capacity[tr].mean(), capacity[tr].std()
Y = ((capacity - mu) / sigma).unsqueeze(1)

# %% model
model = nn.Sequential(nn.Linear(10, 96), nn.SiLU(), nn.Linear(96, 96), nn.SiLU(), nn.Linear(96, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.015, momentum=0.95, dampening=0.0)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=40)
criterion = nn.MSELoss()

# %% training
history = []
for epoch in range(40):
    order = torch.randperm(3200, generator=g)
    for i in range(0, 3200, 100):
        b = order[i : i + 100]
        loss = criterion(model(X[tr][b]), Y[tr][b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        history.append(loss.item())
    scheduler.step()
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "mse", sum(history[-32:]) / 32)

# %% test
with torch.no_grad():
    residual = Y[te] - model(X[te])
print("MAE in percent of capacity:", (residual.abs().mean() * sigma).item())
print("metric:", (1 - residual.var() / Y[te].var()).item())
