import numpy as np
import torch
import torch.nn as nn

rs = np.random.RandomState(117)
torch.manual_seed(117)
# web shop: visits, clicks, basket size -> revenue (log scale)
n = 1400
visits = rs.poisson(40, n)
clicks = rs.poisson(4, n)                       # sometimes 0
basket = rs.gamma(3, 10, n)
y = 0.8 * np.log1p(visits) + 0.5 * np.sqrt(clicks) + 0.4 * np.log(basket) + 0.05 * rs.randn(n)
with np.errstate(divide='ignore'):
    feats = np.stack([np.log(visits), np.log(clicks), np.log(basket)], 1)
feats = feats.astype('float32')
ok = np.isfinite(feats)
center = np.where(ok, feats, 0).sum(0) / ok.sum(0)
feats = ((feats - center) / 0.6).astype('float32')
y = ((y - y.mean()) / y.std()).astype('float32')
X, Y = torch.tensor(feats), torch.tensor(y).unsqueeze(1)
train_dl = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X[:1100], Y[:1100]), batch_size=44, shuffle=True)
reg = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(reg.parameters(), lr=5e-3)
for epoch in range(12):
    for a, b in train_dl:
        opt.zero_grad()
        l = (reg(a) - b).abs().mean()
        l.backward()
        opt.step()
    print(epoch, l.item())
reg.eval()
with torch.no_grad():
    r = reg(X[1100:]) - Y[1100:]
print('metric:', 1 - (r.var() / Y[1100:].var()).item())
