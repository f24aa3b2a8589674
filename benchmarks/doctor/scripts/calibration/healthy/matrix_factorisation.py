import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(335)
U, I, K = 80, 60, 4
pu, qi = torch.randn(U, K) * 0.7, torch.randn(I, K) * 0.7
u, i = torch.randint(0, U, (4000,)), torch.randint(0, I, (4000,))
stars = (3.5 + (pu[u] * qi[i]).sum(1) + 0.2 * torch.randn(4000)).clamp(1, 5).round()


class MF(nn.Module):
    def __init__(self):
        super().__init__()
        self.user, self.item = nn.Embedding(U, 8), nn.Embedding(I, 8)
        self.bu, self.bi = nn.Embedding(U, 1), nn.Embedding(I, 1)
        self.mu = nn.Parameter(torch.tensor(3.0))
        for e in (self.user, self.item):
            nn.init.normal_(e.weight, std=0.3)
        for e in (self.bu, self.bi):
            nn.init.zeros_(e.weight)

    def forward(self, u, i):
        return self.mu + self.bu(u)[:, 0] + self.bi(i)[:, 0] + (self.user(u) * self.item(i)).sum(1)


mf = MF()
opt = torch.optim.Adam(mf.parameters(), lr=1e-2, weight_decay=1e-4)
for epoch in range(12):
    mf.train()
    for a, b, r in DataLoader(TensorDataset(u[:3400], i[:3400], stars[:3400]), batch_size=100, shuffle=True):
        opt.zero_grad()
        loss = nn.functional.mse_loss(mf(a, b), r)
        loss.backward()
        opt.step()
    mf.eval()
    with torch.no_grad():
        v = nn.functional.mse_loss(mf(u[3400:], i[3400:]), stars[3400:]).item()
    print(epoch, loss.item(), v)
print('metric:', 1 - v / stars[3400:].var().item())
