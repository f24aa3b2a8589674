import torch
import torch.nn as nn

torch.manual_seed(147)
V, T = 15, 12


def docs(n):
    s = torch.randint(2, V, (n, T))
    y = torch.randint(0, 2, (n,))
    p = torch.randint(0, T - 1, (n,))
    r = torch.arange(n)
    # class 1 holds "0 then 1", class 0 holds "1 then 0"
    s[r, p], s[r, p + 1] = 1 - y, y
    return s, y


class DocModel(nn.Module):
    def __init__(self, hid=32):
        super().__init__()
        self.embedding = nn.Embedding(V, 16)
        self.encoder = nn.GRU(16, hid, batch_first=True)
        self.decoder = nn.Sequential(nn.Linear(hid, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, s):
        out, h = self.encoder(self.embedding(s))
        features = out.mean(1).detach()      # RuntimeError: Trying to backward through the graph a second time
        return self.decoder(features)


x, y = docs(1000)
xt, yt = docs(300)
model = DocModel()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(12):
    total = 0
    for i in range(0, 1000, 40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[i:i + 40]), y[i:i + 40])
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / 25)
with torch.no_grad():
    print('metric:', (model(xt).argmax(1) == yt).float().mean().item())
