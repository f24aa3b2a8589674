import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

np.random.seed(2)
torch.manual_seed(2)

X = load_digits().data.astype(np.float32) / 16.0
np.random.shuffle(X)
X_train, X_test = torch.from_numpy(X[:1400]), torch.from_numpy(X[1400:])


def salt_and_pepper(x, p=0.2):
    u = torch.rand_like(x)
    x = torch.where(u < p / 2, torch.zeros_like(x), x)
    return torch.where(u > 1 - p / 2, torch.ones_like(x), x)


class Denoiser(nn.Module):
    def __init__(self, hidden=200):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 120), nn.ReLU())
        self.dec = nn.Sequential(nn.Linear(120, hidden), nn.ReLU(), nn.Linear(hidden, 64))

    def forward(self, x):
        return self.dec(self.enc(x))


model = Denoiser()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
test_noisy = salt_and_pepper(X_test)

for epoch in range(12):
    model.train()
    perm = torch.randperm(len(X_train))
    losses = []
    for i in range(0, len(perm), 50):
        clean = X_train[perm[i:i + 50]]
        optimizer.zero_grad()
        loss = criterion(model(salt_and_pepper(clean)), clean)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        val = criterion(model(test_noisy), X_test).item()
    if epoch % 4 == 3:
        print(f'epoch {epoch + 1}: train {np.mean(losses):.4f}, test {val:.4f}')

print('noise left, noisy input =', criterion(test_noisy, X_test).item())
print('metric:', 1 - val / criterion(test_noisy, X_test).item())
