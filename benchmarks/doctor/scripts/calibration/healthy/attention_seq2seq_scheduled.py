import torch
import torch.nn as nn

torch.manual_seed(222)
# transformer encoder-decoder: shift every letter by one (caesar), with nn.Transformer
V, L, D, BOS = 9, 6, 32, 8


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.tgt, self.pos = nn.Embedding(V, D), nn.Embedding(V, D), nn.Embedding(L, D)
        self.tf = nn.Transformer(D, 4, 1, 1, 64, dropout=0.0, batch_first=True)
        self.out = nn.Linear(D, V)

    def forward(self, s, t):
        p = self.pos(torch.arange(L))
        mask = nn.Transformer.generate_square_subsequent_mask(L)
        return self.out(self.tf(self.src(s) + p, self.tgt(t) + p, tgt_mask=mask))


def batch(n):
    s = torch.randint(0, V - 1, (n, L))
    t = (s + 1) % (V - 1)
    return s, torch.cat([torch.full((n, 1), BOS), t[:, :-1]], 1), t


model = Translator()
opt = torch.optim.Adam(model.parameters(), lr=0, betas=(0.9, 0.98), eps=1e-9)
for step in range(1, 301):
    for g in opt.param_groups:
        g['lr'] = 0.6 * D ** -0.5 * min(step ** -0.5, step * 80 ** -1.5)      # noam
    s, t_in, t_out = batch(16)
    loss = nn.functional.cross_entropy(model(s, t_in).transpose(1, 2), t_out)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 60 == 0:
        print(step, loss.item())
with torch.no_grad():
    s, t_in, t_out = batch(200)
    print('metric:', (model(s, t_in).argmax(-1) == t_out).float().mean().item())
