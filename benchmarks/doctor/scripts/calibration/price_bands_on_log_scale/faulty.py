# coding: utf-8
# In[1]:
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

np.random.seed(2)
torch.manual_seed(2)

# In[2]: flats
n = 2000
area = np.random.gamma(6, 12, n)
rooms = np.clip(np.round(area / 25 + np.random.randn(n)), 1, 8)
dist = np.random.exponential(4, n)
year = np.random.randint(1920, 2021, n)
lift = np.random.rand(n) < 0.5
price = 1500 * area * np.exp(-0.07 * dist + 0.004 * (year - 1970) + 0.1 * lift + 0.04 * rooms + 0.08 * np.random.randn(n))
features = np.column_stack([np.log(area), rooms, np.sqrt(dist), year, lift]).astype(np.float32)

# In[3]: bands of equal size, on the training rows
perm = np.random.permutation(n)
train, valid = perm[:1600], perm[1600:]
log_price = np.log(price)
edges = np.quantile(price[train], [0.25, 0.5, 0.75])
band = np.digitize(log_price, edges)

# In[4]:
mean, std = features[train].mean(0), features[train].std(0)
F = torch.from_numpy((features - mean) / std)
Y = torch.from_numpy(band).long()
dl = DataLoader(TensorDataset(F[train], Y[train]), batch_size=50, shuffle=True)

# In[5]:
clf = nn.Sequential(nn.Linear(5, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 4))
optim = torch.optim.AdamW(clf.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.OneCycleLR(optim, max_lr=5e-3, epochs=12, steps_per_epoch=len(dl))
for epoch in range(12):
    clf.train()
    losses = []
    for xb, yb in dl:
        loss = nn.functional.cross_entropy(clf(xb), yb)
        optim.zero_grad(); loss.backward(); optim.step(); sched.step()
        losses.append(loss.item())
    print(epoch, np.mean(losses))

# In[6]:
clf.eval()
with torch.no_grad():
    acc = (clf(F[valid]).argmax(1) == Y[valid]).float().mean().item()
print("metric:", acc)
