# Which of five little machines wrote the string? GRU classifier.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(14)
LETTERS, KINDS, LENGTH = 8, 5, 16
tables = torch.softmax(1.8 * torch.randn(KINDS, LETTERS, LETTERS), -1)


def write(n):
    kind = torch.randint(KINDS, (n,))
    text = torch.empty(n, LENGTH, dtype=torch.long)
    text[:, 0] = torch.randint(LETTERS, (n,))
    for t in range(1, LENGTH):
        text[:, t] = torch.multinomial(tables[kind, text[:, t - 1]], 1).squeeze(1)
    return text, kind


class Guess(nn.Module):
    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(LETTERS, 12)
        self.gru = nn.GRU(12, 40, batch_first=True)
        self.out = nn.Linear(40, KINDS)

    def forward(self, text):
        _, state = self.gru(self.letters(text))
        return F.softmax(self.out(state[-1]), dim=-1)


net = Guess()
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
for it in range(300):
    text, kind = write(50)  # endless supply of fresh strings
    loss = F.nll_loss(net(text), kind)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    if it % 100 == 99:
        print(it + 1, round(loss.item(), 4))
text, kind = write(1000)
with torch.no_grad():
    print("metric:", (net(text).argmax(1) == kind).float().mean().item())
