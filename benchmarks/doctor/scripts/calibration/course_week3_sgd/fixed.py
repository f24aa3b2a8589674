# %% [markdown]
# Week 3 exercise: classify handwritten digits with a two-layer network and SGD
# %%
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)
rng = np.random.RandomState(0)
# %%
digits = load_digits()
X = digits.data.astype(np.float32) / 16.0
y = digits.target
idx = rng.permutation(len(X))
train, test = idx[:1400], idx[1400:]
m = X[train].mean()
s = X[train].std()
Xtrain, Xtest = torch.from_numpy((X[train] - m) / s), torch.from_numpy((X[test] - m) / s)
ytrain, ytest = torch.from_numpy(y[train]), torch.from_numpy(y[test])
# %%
class TwoLayerNet(torch.nn.Module):
    def __init__(self, n_in=64, n_hidden=64, n_out=10):
        super().__init__()
        self.fc1 = torch.nn.Linear(n_in, n_hidden)
        self.fc2 = torch.nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))

model = TwoLayerNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
# %%
BATCH = 50
history = []
for epoch in range(7):
    perm = torch.randperm(len(Xtrain))
    for i in range(0, len(perm), BATCH):
        sel = perm[i:i + BATCH]
        optimizer.zero_grad()
        out = model(Xtrain[sel])
        loss = F.cross_entropy(out, ytrain[sel])
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    with torch.no_grad():
        acc = (model(Xtest).argmax(1) == ytest).float().mean().item()
    print('epoch', epoch + 1, 'loss', round(float(np.mean(history[-28:])), 3), 'test acc', round(acc, 3))
# %%
print('metric:', acc)
