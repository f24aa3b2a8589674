import torch
import torch.nn as nn

torch.manual_seed(253)
# tag every token: 1 after a capital-marker token 0, else 2; padding is ignored with -100
V, T = 20, 14


def batch(n):
    s = torch.randint(0, V - 1, (n, T))
    tags = torch.full((n, T), 2)
    tags[:, 1:][s[:, :-1] < 3] = 1
    lens = torch.randint(5, T + 1, (n, 1))
    pad = torch.arange(T)[None] >= lens
    s[pad], tags[pad] = V - 1, -100
    return s, tags


class BiLSTMTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 16, padding_idx=V - 1)
        self.lstm = nn.LSTM(16, 24, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(48, 3)

    def forward(self, s):
        return self.fc(self.lstm(self.emb(s))[0])


m = BiLSTMTagger()
opt = torch.optim.Adam(m.parameters(), lr=5e-3)
for it in range(200):
    s, t = batch(24)
    loss = nn.functional.cross_entropy(m(s).flatten(0, 1), t.flatten(), ignore_index=-100)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())
s, t = batch(200)
with torch.no_grad():
    ok = m(s).argmax(-1) == t
print('metric:', ok[t >= 0].float().mean().item())
