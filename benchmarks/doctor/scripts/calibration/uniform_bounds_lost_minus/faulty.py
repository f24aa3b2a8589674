# dim. reduction of digits with an autoencoder, compare with PCA(8)
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

np.random.seed(4)
torch.manual_seed(4)
data = load_digits().data.astype(np.float32)
np.random.shuffle(data)
train, test = data[:1500], data[1500:]
center = train.mean(0)
spread = train.std()
train_t = torch.from_numpy((train - center) / spread)
test_t = torch.from_numpy((test - center) / spread)

enc = nn.Sequential(nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 8))
dec = nn.Sequential(nn.Linear(8, 48), nn.Tanh(), nn.Linear(48, 64))


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.uniform_(m.weight, 0.12, 0.12)
        nn.init.zeros_(m.bias)


enc.apply(init)
dec.apply(init)

opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=2e-3, betas=(0.9, 0.99))
for epoch in range(16):
    losses = []
    for chunk in torch.randperm(len(train_t)).split(50):
        x = train_t[chunk]
        out = dec(enc(x))
        loss = nn.functional.mse_loss(out, x)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    print(f"[{epoch + 1:02d}/16] {np.mean(losses):.4f}")

with torch.no_grad():
    res = test_t - dec(enc(test_t))
ev = 1 - (res.pow(2).mean() / test_t.pow(2).mean()).item()
pca = PCA(8).fit(train_t.numpy())
rec = pca.inverse_transform(pca.transform(test_t.numpy()))
print("pca:", 1 - ((test_t.numpy() - rec) ** 2).mean() / (test_t.numpy() ** 2).mean())
print("metric:", ev)
