import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(320)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X).float() / 16, torch.tensor(y)
encoder = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 50), nn.ReLU())
clf = nn.Linear(50, 10)
optimizer = torch.optim.AdamW([
    {'params': encoder.parameters(), 'lr': 1e-7},
    {'params': clf.parameters(), 'lr': 1e-6},
], weight_decay=0.01)
for epoch in range(8):
    for i in torch.randperm(1400).split(40):
        loss = nn.functional.cross_entropy(clf(encoder(X[i])), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', (clf(encoder(X[1400:])).argmax(1) == y[1400:]).float().mean().item())
