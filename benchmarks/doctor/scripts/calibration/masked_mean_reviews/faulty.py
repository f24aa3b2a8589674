# sentiment of short reviews, toy version. tokens: 0 = padding, 1..60 = words
import random
import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(9)
torch.manual_seed(9)
good, bad, neutral = range(1, 13), range(13, 25), range(25, 61)


def review():
    lab = random.randint(0, 1)
    length = random.randint(5, 14)
    words = []
    for _ in range(length):
        p = random.random()
        if p < 0.4:
            words.append(random.choice(good if lab else bad))
        elif p < 0.5:
            words.append(random.choice(bad if lab else good))
        else:
            words.append(random.choice(neutral))
    return words + [0] * (18 - length), lab


rows = [review() for _ in range(2400)]
x = torch.tensor([r[0] for r in rows])
y = torch.tensor([r[1] for r in rows])
x_train, y_train, x_test, y_test = x[:1800], y[:1800], x[1800:], y[1800:]


class MeanOfWords(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(61, 16)
        self.hidden = nn.Linear(16, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, tok):
        mask = (tok == 0).unsqueeze(-1).float()
        e = self.emb(tok) * mask
        e = e.sum(1) / mask.sum(1)
        return self.out(F.relu(self.hidden(e)))


net = MeanOfWords()
opt = torch.optim.Adam(net.parameters(), lr=0.003)
for epoch in range(8):
    order = torch.randperm(1800)
    s = 0
    for i in range(0, 1800, 32):
        b = order[i:i + 32]
        loss = F.cross_entropy(net(x_train[b]), y_train[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        s += loss.item() * len(b)
    print(epoch, 'loss', s / 1800)

with torch.no_grad():
    print('metric:', (net(x_test).argmax(1) == y_test).float().mean().item())
