import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader
from sklearn.datasets import load_digits

rng = np.random.default_rng(2)
torch.manual_seed(2)
X, y = load_digits(return_X_y=True)
perm = rng.permutation(len(X))
X, y = (X[perm] / 16 - 0.3).astype("float32"), y[perm]
noisy = y[:1400].copy()
flip = rng.random(1400) < 0.02
noisy[flip] = rng.integers(0, 10, flip.sum())
dl = DataLoader(TensorDataset(torch.from_numpy(X[:1400]), torch.from_numpy(noisy)), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 10))
opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
for epoch in range(8):
    model.train()
    for xb, yb in dl:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
model.eval()
acc = (model(torch.from_numpy(X[1400:])).argmax(1).numpy() == y[1400:]).mean()
print("metric:", acc)
