import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(151)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16 - 0.3, dtype=torch.float32), torch.tensor(y)


def augment(x):
    return x + 0.15 * torch.randn_like(x)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))

    def forward(self, x):
        return self.f(x)


enc = Encoder()
opt = torch.optim.Adam(enc.parameters(), lr=3e-3)
for step in range(300):
    b = X[torch.randint(0, 1300, (64,))]
    z1, z2 = enc(augment(b)), enc(augment(b))
    loss = F.mse_loss(z1, z2)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        print(step, loss.item())
with torch.no_grad():
    bank = enc(augment(X[:1300]))
    near = torch.cdist(enc(augment(X[1300:])), bank).argmin(1)
print('metric:', (y[near] == y[1300:]).float().mean().item())
