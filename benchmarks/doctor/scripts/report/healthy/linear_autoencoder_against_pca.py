"""Does a linear autoencoder find the principal subspace?  Digits, eight components, no activation on purpose."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from torch import nn

torch.manual_seed(13)
rng = np.random.default_rng(13)
K = 8

x = load_digits().data / 16.0
order = rng.permutation(len(x))
train, test = x[order[:1400]], x[order[1400:]]
mean = train.mean(0)
train, test = train - mean, test - mean
pca = PCA(K).fit(train)
best = 1 - np.square(test - pca.inverse_transform(pca.transform(test))).sum() / np.square(test).sum()

train_t = torch.tensor(train, dtype=torch.float32)
test_t = torch.tensor(test, dtype=torch.float32)
encoder = nn.Linear(64, K, bias=False)
decoder = nn.Linear(K, 64, bias=False)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=5e-3)
for epoch in range(40):
    total = 0.0
    for batch in train_t[torch.randperm(len(train_t))].split(100):
        loss = nn.functional.mse_loss(decoder(encoder(batch)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    if epoch % 8 == 7:
        print(f"epoch {epoch + 1}: {total / len(train_t):.5f}")

with torch.no_grad():
    left = (decoder(encoder(test_t)) - test_t).pow(2).sum() / test_t.pow(2).sum()
print(f"explained: {1 - left.item():.4f}, principal components: {best:.4f}")
print(f"metric: {(1 - left.item()) / best:.4f}")
