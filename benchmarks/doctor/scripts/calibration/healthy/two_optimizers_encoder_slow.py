import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(257)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
enc = nn.Sequential(nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 32), nn.GELU())
head = nn.Linear(32, 10)
opts = [torch.optim.AdamW(enc.parameters(), lr=1e-3), torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)]
for epoch in range(8):
    for b in torch.randperm(1400).split(35):
        loss = nn.functional.cross_entropy(head(enc(X[b])), y[b])
        for o in opts:
            o.zero_grad()
        loss.backward()
        for o in opts:
            o.step()
    print(epoch, loss.item())
with torch.no_grad():
    print('metric:', (head(enc(X[1400:])).argmax(1) == y[1400:]).float().mean().item())
