"""Label every tick of a noisy telegraph line: silence, dot or dash.  The ticks after a clip's end are padding."""
import random

import torch
import torch.nn.functional as F
from torch import nn

random.seed(3)
torch.manual_seed(3)


def clip():
    ticks, tags = [], []
    while len(ticks) < random.randint(20, 36):
        kind = random.choice([1, 2])
        length = 2 if kind == 1 else 5
        gap = random.randint(1, 3)
        ticks += [1.0] * length + [0.0] * gap
        tags += [kind] * length + [0] * gap
    return torch.tensor(ticks) + 0.25 * torch.randn(len(ticks)), torch.tensor(tags)


def batch(clips):
    ticks = nn.utils.rnn.pad_sequence([c[0] for c in clips], batch_first=True)
    tags = nn.utils.rnn.pad_sequence([c[1] for c in clips], batch_first=True, padding_value=-1)
    return (ticks.unsqueeze(-1) - 0.5) * 2, tags


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(1, 20, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(40, 3)

    def forward(self, ticks):
        return self.tag(self.rnn(ticks)[0])


train, test = [clip() for _ in range(480)], batch([clip() for _ in range(100)])
net = Tagger()
opt = torch.optim.Adam(net.parameters(), lr=8e-3)
for epoch in range(8):
    random.shuffle(train)
    for k in range(0, len(train), 24):
        ticks, tags = batch(train[k : k + 24])
        loss = F.cross_entropy(net(ticks).flatten(0, 1), tags.flatten(), ignore_index=-1)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
with torch.no_grad():
    ticks, tags = test
    guess = net(ticks).argmax(-1)
    print("metric:", (guess == tags)[tags >= 0].float().mean().item())
