# Implicit feedback: Bayesian personalised ranking, pairs (bought, not bought).
import torch
from torch import nn

torch.manual_seed(33)
USERS, ITEMS = 120, 80
taste, genre = torch.randn(USERS, 3), torch.randn(ITEMS, 3)
true = taste @ genre.T
bought = torch.rand(USERS, ITEMS) < torch.sigmoid(2.5 * true - 1.5)
hold = bought & (torch.rand(USERS, ITEMS) < 0.15)
train = bought & ~hold
pairs = train.nonzero()


class Factors(nn.Module):
    def __init__(self, k=8):
        super().__init__()
        self.user, self.item = nn.Embedding(USERS, k), nn.Embedding(ITEMS, k)
        self.bias = nn.Embedding(ITEMS, 1)
        nn.init.normal_(self.user.weight, std=0.1)
        nn.init.normal_(self.item.weight, std=0.1)
        nn.init.zeros_(self.bias.weight)

    def score(self, u, i):
        return (self.user(u) * self.item(i)).sum(-1) + self.bias(i)[..., 0]


net = Factors()
opt = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-4)
for epoch in range(20):
    total = 0
    for k in torch.randperm(len(pairs)).split(128):
        u, i = pairs[k].T
        j = torch.randint(ITEMS, (len(k),))
        fresh = ~train[u, j]
        u, i, j = u[fresh], i[fresh], j[fresh]
        loss = -nn.functional.logsigmoid(net.score(u, i) - net.score(u, j)).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() * len(k)
    if epoch % 5 == 4:
        print(epoch + 1, total / len(pairs))
with torch.no_grad():
    s = net.user.weight @ net.item.weight.T + net.bias.weight[:, 0]
    auc = []
    for u in range(USERS):
        good, bad = s[u, hold[u]], s[u, ~bought[u]]
        if len(good) and len(bad):
            auc.append((good[:, None] > bad[None]).float().mean())
print("metric:", torch.stack(auc).mean().item())
