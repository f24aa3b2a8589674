"""Reverse-and-shift toy translation with a GRU encoder/decoder and teacher forcing."""
import torch
import torch.nn as nn

torch.manual_seed(17)
V, L, SOS = 10, 5, 10


def sentences(n):
    src = torch.randint(0, V, (n, L))
    tgt = (src.flip(1) + 1) % V
    return src, tgt


class Encoder(nn.Module):
    def __init__(self, h):
        super().__init__()
        self.emb = nn.Embedding(V, 16)
        self.gru = nn.GRU(16, h, batch_first=True)

    def forward(self, s):
        return self.gru(self.emb(s))[1]


class Decoder(nn.Module):
    def __init__(self, h):
        super().__init__()
        self.emb = nn.Embedding(V + 1, 16)
        self.gru = nn.GRU(16, h, batch_first=True)
        self.out = nn.Linear(h, V)

    def forward(self, t, state):
        o, state = self.gru(self.emb(t), state)
        return self.out(o), state


class Config:
    hidden = 64
    lr = 8e-3
    beta1 = 0.9
    beta2 = 0.999
    steps = 420
    batch = 48


enc, dec = Encoder(Config.hidden), Decoder(Config.hidden)
params = list(enc.parameters()) + list(dec.parameters())
opt = torch.optim.Adam(params, lr=Config.lr, betas=(Config.beta1, Config.beta2))
ce = nn.CrossEntropyLoss()
src, tgt = sentences(4000)
for step in range(Config.steps):
    k = torch.randint(0, 4000, (Config.batch,))
    s, t = src[k], tgt[k]
    inp = torch.cat([torch.full((len(t), 1), SOS), t[:, :-1]], 1)
    logits, _ = dec(inp, enc(s))
    loss = ce(logits.reshape(-1, V), t.reshape(-1))
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(params, 1.0)
    opt.step()
    if step % 60 == 0:
        print(f'step {step} loss {loss.item():.3f}')


@torch.no_grad()
def translate(s):
    state, tok, out = enc(s), torch.full((len(s), 1), SOS), []
    for _ in range(L):
        logits, state = dec(tok, state)
        tok = logits.argmax(-1)
        out.append(tok)
    return torch.cat(out, 1)


ts, tt = sentences(400)
print('metric:', (translate(ts) == tt).float().mean().item())
