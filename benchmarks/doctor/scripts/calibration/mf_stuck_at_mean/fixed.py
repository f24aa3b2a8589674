import numpy as np
import torch
import torch.nn as nn

rng = np.random.default_rng(5)
torch.manual_seed(5)

# ratings of 120 users and 90 films, already centred and scaled
n_users, n_items, k = 120, 90, 3
P, Q = rng.normal(size=(n_users, k)), rng.normal(size=(n_items, k))
R = P @ Q.T / np.sqrt(k) + 0.2 * rng.normal(size=(n_users, n_items))
seen = np.argwhere(rng.random(R.shape) < 0.45)
rng.shuffle(seen)
cut = int(len(seen) * 0.85)
train, test = seen[:cut], seen[cut:]
r = lambda ij: torch.tensor(R[ij[:, 0], ij[:, 1]], dtype=torch.float32)


class MF(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Embedding(n_users, 3)
        self.item = nn.Embedding(n_items, 3)
        nn.init.normal_(self.user.weight, std=0.05)
        nn.init.normal_(self.item.weight, std=0.05)

    def forward(self, u, i):
        return (self.user(u) * self.item(i)).sum(1)


model = MF()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
u, i, y = torch.tensor(train[:, 0]), torch.tensor(train[:, 1]), r(train)
for step in range(800):
    b = torch.randint(0, len(y), (128,))
    loss = nn.functional.mse_loss(model(u[b], i[b]), y[b])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 0:
        print(step, round(loss.item(), 3))

with torch.no_grad():
    y_test = r(test)
    pred = model(torch.tensor(test[:, 0]), torch.tensor(test[:, 1]))
    print('metric:', 1 - ((pred - y_test) ** 2).mean().item() / y_test.var().item())
