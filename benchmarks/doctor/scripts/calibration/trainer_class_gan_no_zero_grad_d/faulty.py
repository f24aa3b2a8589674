import torch
import torch.nn as nn

torch.manual_seed(301)


class GANTrainer:
    def __init__(self, G, D, lr=1e-3):
        self.G, self.D = G, D
        self.optG = torch.optim.SGD(G.parameters(), lr=0.02, momentum=0.5)
        self.optD = torch.optim.SGD(D.parameters(), lr=0.05, momentum=0.5)
        self.crit = nn.BCEWithLogitsLoss()

    def train_d(self, real):
        fake = self.G(torch.randn(len(real), 4)).detach()
        loss = self.crit(self.D(real), torch.ones(len(real), 1)) + self.crit(self.D(fake), torch.zeros(len(real), 1))
        loss.backward()
        self.optD.step()
        return loss.item()

    def train_g(self, n):
        for p in self.D.parameters():
            p.requires_grad_(False)
        self.optG.zero_grad()
        loss = self.crit(self.D(self.G(torch.randn(n, 4))), torch.ones(n, 1))
        loss.backward()
        self.optG.step()
        for p in self.D.parameters():
            p.requires_grad_(True)
        return loss.item()


def real_data(n):
    return torch.randn(n, 2) @ torch.tensor([[0.5, 0.3], [0.0, 0.4]]) + torch.tensor([1.0, -1.0])


G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
t = GANTrainer(G, D)
for i in range(500):
    ld, lg = t.train_d(real_data(64)), t.train_g(64)
    if i % 100 == 0:
        print(f"iter {i} D {ld:.3f} G {lg:.3f}")
with torch.no_grad():
    g, r = G(torch.randn(2000, 4)), real_data(2000)
    print("metric:", max(1 - (g.mean(0) - r.mean(0)).norm().item() - (g.std(0) - r.std(0)).norm().item(), -9.0))
