# next-value forecasting with an MLP over lags (AR net), warm-up because the first steps were shaky
import numpy as np
import torch
import torch.nn as nn

SEED, LAGS, WARMUP, EPOCHS = 5, 24, 20, 12
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

t = np.arange(2200)
s = np.sin(2 * np.pi * t / 24) + 0.6 * np.sin(2 * np.pi * t / 168 + 1) + 0.15 * rng.standard_normal(len(t))
s = s * (1 + 0.3 * np.sin(2 * np.pi * t / 500))
cut = 1700
mu, sd = s[:cut].mean(), s[:cut].std()
z = torch.tensor((s - mu) / sd, dtype=torch.float32)


def windows(series):
    w = series.unfold(0, LAGS + 1, 1)
    return w[:, :LAGS], w[:, LAGS:]


xtr, ytr = windows(z[:cut])
xva, yva = windows(z[cut:])
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(xtr, ytr), batch_size=34, shuffle=True)

net = nn.Sequential(nn.Linear(LAGS, 64), nn.Tanh(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: (s + 1) / WARMUP)


def evaluate():
    net.eval()
    with torch.no_grad():
        err = criterion(net(xva), yva).item()
    return 1 - err / yva.var(unbiased=False).item()


for epoch in range(EPOCHS):
    net.train()
    running = []
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(net(xb), yb)
        loss.backward()
        optimizer.step()
        scheduler.step()
        running.append(loss.item())
    print("epoch %d  mse %.4f  val r2 %.4f" % (epoch + 1, np.mean(running), evaluate()))
print("metric:", evaluate())
