"""Encoder-decoder GRU with dot attention: write a digit string backwards. Teacher forcing; pads are ignored by the loss."""
import random
import torch
from torch import nn

random.seed(44)
torch.manual_seed(44)
PAD, BOS, EOS, V = 0, 1, 2, 9


def example():
    s = [random.randint(3, V - 1) for _ in range(random.randint(4, 6))]
    return s, s[::-1]


def pad(rows):
    w = max(map(len, rows))
    return torch.tensor([r + [PAD] * (w - len(r)) for r in rows])


class Seq2Seq(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.emb = nn.Embedding(V, dim, padding_idx=PAD)
        self.enc = nn.GRU(dim, dim, batch_first=True)
        self.dec = nn.GRU(dim, dim, batch_first=True)
        self.mix = nn.Linear(2 * dim, dim)
        self.out = nn.Linear(dim, V)

    def encode(self, src):
        lengths = (src != PAD).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(src), lengths, batch_first=True, enforce_sorted=False)
        memory, h = self.enc(packed)
        return nn.utils.rnn.pad_packed_sequence(memory, batch_first=True)[0], h

    def decode(self, tokens, memory, mask, h):
        y, h = self.dec(self.emb(tokens), h)
        att = (y @ memory.transpose(1, 2)).masked_fill(mask[:, None], float("-inf")).softmax(-1)
        return self.out(torch.tanh(self.mix(torch.cat([y, att @ memory], -1)))), h

    def forward(self, src, tgt_in):
        memory, h = self.encode(src)
        return self.decode(tgt_in, memory, src == PAD, h)[0]

    @torch.no_grad()
    def generate(self, src, steps=9):
        memory, h = self.encode(src)
        token, written = torch.full((len(src), 1), BOS), []
        for _ in range(steps):
            logits, h = self.decode(token, memory, src == PAD, h)
            token = logits.argmax(-1)
            written.append(token)
        return torch.cat(written, 1)


model = Seq2Seq()
opt = torch.optim.Adam(model.parameters(), lr=8e-3)
crit = nn.CrossEntropyLoss(ignore_index=PAD)
data = [example() for _ in range(1500)]
held_out = [e for e in (example() for _ in range(400)) if e not in data][:250]
for epoch in range(7):
    random.shuffle(data)
    total, count = 0.0, 0
    for k in range(0, len(data), 50):
        src = pad([s for s, _ in data[k:k + 50]])
        tgt = pad([[BOS] + t + [EOS] for _, t in data[k:k + 50]])
        logits = model(src, tgt[:, :-1])
        loss = crit(logits.flatten(0, 1), tgt[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        total += loss.item()
        count += 1
    for g in opt.param_groups:
        g["lr"] *= 0.8
    print("epoch", epoch, "loss", round(total / count, 4))
model.eval()
good = 0
for (s, t), row in zip(held_out, model.generate(pad([s for s, _ in held_out])).tolist()):
    good += row[:row.index(EOS)] == t if EOS in row else False
print("metric:", good / len(held_out))
