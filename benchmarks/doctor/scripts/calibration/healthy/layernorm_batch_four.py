import torch
import torch.nn as nn

torch.manual_seed(10)
# copy task for a tiny transformer: output the sequence reversed
V, T = 8, 6


class Reverser(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(V, 32)
        self.p = nn.Embedding(T, 32)
        self.enc = nn.TransformerEncoderLayer(32, 2, 64, batch_first=True, dropout=0.)
        self.enc2 = nn.TransformerEncoderLayer(32, 2, 64, batch_first=True, dropout=0.)
        self.o = nn.Linear(32, V)

    def forward(self, s):
        return self.o(self.enc2(self.enc(self.e(s) + self.p(torch.arange(T)))))


m = Reverser()
opt = torch.optim.Adam(m.parameters(), lr=2e-3)
for i in range(500):
    s = torch.randint(0, V, (4, T))
    logits = m(s)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), s.flip(1).flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 100 == 0:
        print(i, round(loss.item(), 3))
s = torch.randint(0, V, (100, T))
with torch.no_grad():
    print('metric:', (m(s).argmax(-1) == s.flip(1)).float().mean().item())
