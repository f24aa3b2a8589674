import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(255)
# words of the same topic occur together; negative sampling
V, TOPIC = 40, 4
topic = torch.arange(V) % TOPIC


def pairs(n):
    c = torch.randint(0, V, (n,))
    same = torch.randint(0, V // TOPIC, (n,)) * TOPIC + topic[c]
    return c, same, torch.randint(0, V, (n, 3))


class SkipGram(nn.Module):
    def __init__(self, d=12):
        super().__init__()
        self.inp = nn.Embedding(V, d)
        self.out = nn.Embedding(V, d)
        nn.init.uniform_(self.inp.weight, -0.5 / d, 0.5 / d)
        nn.init.zeros_(self.out.weight)          # as in word2vec

    def forward(self, c, o, neg):
        v = self.inp(c)
        pos = F.logsigmoid((v * self.out(o)).sum(1))
        ng = F.logsigmoid(-(v.unsqueeze(1) * self.out(neg)).sum(2)).sum(1)
        return -(pos + ng).mean()


sg = SkipGram()
opt = torch.optim.Adam(sg.parameters(), lr=2e-2)
for it in range(250):
    loss = sg(*pairs(64))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())
with torch.no_grad():
    e = F.normalize(sg.inp.weight, dim=1)
    near = (e @ e.t() - 2 * torch.eye(V)).argmax(1)
print('metric:', (topic[near] == topic).float().mean().item())
