# Does one attention layer solve "which symbol occurs most often among A..E"? toy transformer
import torch
import torch.nn as nn

SEED = 31
BASE_LR = 2e-3
BATCH = 64
LR = BASE_LR * BATCH          # linear scaling rule
N_SYMBOLS, LEN, DIM = 5, 15, 32

torch.manual_seed(SEED)


def sample(n):
    bias = torch.distributions.Dirichlet(torch.full((N_SYMBOLS,), 0.8)).sample((n,))
    seq = torch.multinomial(bias, LEN, replacement=True)
    counts = nn.functional.one_hot(seq, N_SYMBOLS).sum(1)
    top2 = counts.topk(2, dim=1).values
    keep = top2[:, 0] > top2[:, 1]
    return seq[keep], counts.argmax(1)[keep]


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(N_SYMBOLS, DIM)
        self.pos = nn.Parameter(0.02 * torch.randn(LEN, DIM))
        self.block = nn.TransformerEncoderLayer(DIM, nhead=4, dim_feedforward=64, dropout=0.0, batch_first=True, norm_first=True)
        self.norm = nn.LayerNorm(DIM)
        self.out = nn.Linear(DIM, N_SYMBOLS)

    def forward(self, seq):
        h = self.block(self.tok(seq) + self.pos)
        return self.out(self.norm(h.mean(1)))


xs, ys = sample(5000)
n_val = 800
xv, yv, xs, ys = xs[:n_val], ys[:n_val], xs[n_val:], ys[n_val:]

model = Tiny()
opt = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.01)
steps = 0
while steps < 375:
    for idx in torch.randperm(len(xs)).split(BATCH):
        if len(idx) < BATCH or steps == 375:
            break
        loss = nn.functional.cross_entropy(model(xs[idx]), ys[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        steps += 1
        if steps % 75 == 0:
            print("step", steps, "loss", loss.item())

model.eval()
with torch.no_grad():
    acc = (model(xv).argmax(1) == yv).float().mean()
print("metric:", acc.item())
