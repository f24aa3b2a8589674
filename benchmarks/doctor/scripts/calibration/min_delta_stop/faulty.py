# char-level language model on a toy grammar, keras-style callback
import random
import torch
from torch import nn

random.seed(2); torch.manual_seed(2)
SUBJ = ['the cat', 'a dog', 'my bird', 'that fox']
VERB = ['sees', 'likes', 'chases', 'hears']
OBJ = ['the tree', 'a stone', 'my house', 'that river']
ADV = ['today.', 'slowly.', 'at night.', 'again.']


def corpus(n):
    return ' '.join(' '.join(random.choice(w) for w in (SUBJ, VERB, OBJ, ADV)) for _ in range(n))


train_text, val_text = corpus(420), corpus(60)
vocab = sorted(set(train_text))
stoi = {c: i for i, c in enumerate(vocab)}
enc = lambda s: torch.tensor([stoi[c] for c in s])
T = 32


def blocks(ids):
    k = (len(ids) - 1) // T
    return ids[:k * T].view(k, T), ids[1:k * T + 1].view(k, T)


Xt, Yt = blocks(enc(train_text))
Xv, Yv = blocks(enc(val_text))


class CharLM(nn.Module):
    def __init__(self, V, E=24, H=64):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.rnn = nn.GRU(E, H, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(self, x):
        return self.out(self.rnn(self.emb(x))[0])


class StopOnPlateau:
    def __init__(self, patience, min_delta):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = 1e9, 0

    def __call__(self, v):
        if v - self.best > self.min_delta:
            self.best, self.bad = v, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


lm = CharLM(len(vocab))
opt = torch.optim.Adam(lm.parameters(), lr=3e-3)
ce = nn.CrossEntropyLoss()
stop = StopOnPlateau(patience=2, min_delta=1e-4)
n_steps = 0
for epoch in range(9):
    lm.train()
    for b in torch.randperm(len(Xt)).split(16):
        opt.zero_grad()
        loss = ce(lm(Xt[b]).flatten(0, 1), Yt[b].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(lm.parameters(), 1.0)
        opt.step()
        n_steps += 1
    lm.eval()
    with torch.no_grad():
        logits = lm(Xv)
        vloss = ce(logits.flatten(0, 1), Yv.flatten()).item()
        vacc = (logits.argmax(-1) == Yv).float().mean().item()
    print(f'epoch {epoch} val loss {vloss:.3f} next-char acc {vacc:.3f}')
    if stop(vloss):
        print('no improvement, stopping')
        break
print(n_steps, 'updates')
print('metric:', vacc)
