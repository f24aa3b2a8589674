import torch
import torch.nn as nn
from torch.utils.data import TensorDataset, DataLoader
import numpy as np

# toy dataset: one gaussian cloud per class, written one class after another like in my csv
rs = np.random.RandomState(17)
torch.manual_seed(17)
centers = rs.randn(6, 10) * 1.2
X = np.concatenate([c + rs.randn(200, 10) for c in centers]).astype(np.float32)
y = np.repeat(np.arange(6), 200)
X_test = np.concatenate([c + rs.randn(60, 10) for c in centers]).astype(np.float32)
y_test = np.repeat(np.arange(6), 60)

train_ds = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
train_dl = DataLoader(train_ds, batch_size=25, shuffle=True)

model = nn.Sequential(nn.Linear(10, 48), nn.ReLU(), nn.Linear(48, 6))
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
lossfunc = nn.CrossEntropyLoss()

for epoch in range(6):
    total = 0
    for xb, yb in train_dl:
        out = model(xb)
        loss = lossfunc(out, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / len(train_dl))

with torch.no_grad():
    acc = (model(torch.from_numpy(X_test)).argmax(1).numpy() == y_test).mean()
print("metric:", acc)
