import random
import torch
import torch.nn as nn

random.seed(0)
torch.manual_seed(0)
SOS, V, H, L = 0, 7, 48, 5   # digits 1..6


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        self.gru = nn.GRU(H, H, batch_first=True)

    def forward(self, x):
        return self.gru(self.embedding(x))[1]


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        self.gru = nn.GRU(H, H, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(self, token, hidden):
        o, hidden = self.gru(self.embedding(token), hidden)
        return self.out(o), hidden


def pairs(n):
    s = torch.randint(1, V, (n, L))
    return s, s.sort(1).values


enc, dec = Encoder(), Decoder()
enc_opt = torch.optim.Adam(enc.parameters(), lr=5e-3)
dec_opt = torch.optim.Adam(dec.parameters(), lr=5e-3)
crit = nn.CrossEntropyLoss()
for it in range(250):
    src, tgt = pairs(32)
    enc_opt.zero_grad()
    dec_opt.zero_grad()
    h = enc(src)
    token = torch.full((32, 1), SOS)
    loss = 0
    teacher = random.random() < 0.5
    for t in range(L):
        o, h = dec(token, h)
        loss = loss + crit(o[:, 0], tgt[:, t])
        token = tgt[:, t:t + 1] if teacher else o.argmax(-1).detach()
    loss.backward()
    enc_opt.step()
    dec_opt.step()
    if it % 50 == 0:
        print(it, loss.item() / L)
with torch.no_grad():
    src, tgt = pairs(200)
    h, token, out = enc(src), torch.full((200, 1), SOS), []
    for t in range(L):
        o, h = dec(token, h)
        token = o.argmax(-1)
        out.append(token)
print('metric:', (torch.cat(out, 1) == tgt).float().mean().item())
