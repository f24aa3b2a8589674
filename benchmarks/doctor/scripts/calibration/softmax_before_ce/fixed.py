import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import make_classification

np.random.seed(1)
torch.manual_seed(1)

X, y = make_classification(n_samples=2000, n_features=20, n_informative=12, n_classes=8, n_clusters_per_class=1,
                           class_sep=1.6, random_state=1)
X = X.astype(np.float32)
Xtr, ytr, Xte, yte = X[:1600], y[:1600], X[1600:], y[1600:]
mu, sd = Xtr.mean(0), Xtr.std(0)
Xtr, Xte = (Xtr - mu) / sd, (Xte - mu) / sd


class Classifier(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(d_in, d_hidden),
            nn.ReLU(),
            nn.Linear(d_hidden, d_hidden),
            nn.ReLU(),
            nn.Linear(d_hidden, d_out),
        )

    def forward(self, x):
        return self.layers(x)


model = Classifier(20, 64, 8)
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
BATCH = 50
for epoch in range(10):
    order = np.random.permutation(len(Xtr))
    losses = []
    for b in range(0, len(order), BATCH):
        xb = torch.from_numpy(Xtr[order[b:b + BATCH]])
        yb = torch.from_numpy(ytr[order[b:b + BATCH]])
        pred = model(xb)
        loss = loss_fn(pred, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    print(epoch, np.mean(losses))

with torch.no_grad():
    p = model(torch.from_numpy(Xte)).argmax(dim=1).numpy()
print("metric:", (p == yte).mean())
