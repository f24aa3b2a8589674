import torch
import torch.nn as nn

torch.manual_seed(50)


# recommender: matrix factorisation with biases, ratings 1..5
class MF(nn.Module):
    def __init__(self, users, items, k=8):
        super().__init__()
        self.u = nn.Embedding(users, k)
        self.i = nn.Embedding(items, k)
        self.bu = nn.Embedding(users, 1)
        self.bi = nn.Embedding(items, 1)
        for e in (self.u, self.i):
            nn.init.normal_(e.weight, std=0.3)
        for e in (self.bu, self.bi):
            nn.init.zeros_(e.weight)
        self.mean = nn.Parameter(torch.tensor(3.0))

    def forward(self, u, i):
        return self.mean + (self.u(u) * self.i(i)).sum(1) + self.bu(u).squeeze(1) + self.bi(i).squeeze(1)


U, I, N = 150, 100, 8000
pu, pi = torch.randn(U, 3), torch.randn(I, 3)
uu, ii = torch.randint(0, U, (N,)), torch.randint(0, I, (N,))
r = (3 + 0.5 * (pu[uu] * pi[ii]).sum(1) + 0.4 * torch.randn(I)[ii] + 0.3 * torch.randn(N)).clamp(1, 5)
tr, te = torch.arange(0, 6800), torch.arange(6800, N)

model = MF(U, I)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=1e-5)
smooth = None
for epoch in range(6):
    for k in tr[torch.randperm(len(tr))].split(100):
        loss = (model(uu[k], ii[k]) - r[k]).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
    with torch.no_grad():
        test_mse = (model(uu[te], ii[te]) - r[te]).pow(2).mean()
    print(f"epoch {epoch}  smoothed train {float(smooth):.4f}  test {test_mse.item():.4f}")
print("metric:", (1 - test_mse / r[te].var()).item())
