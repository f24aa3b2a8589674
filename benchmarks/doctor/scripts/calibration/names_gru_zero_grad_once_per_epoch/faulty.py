# classify made-up names by language with a GRU over characters
import random
import torch
import torch.nn as nn

random.seed(101)
torch.manual_seed(101)

SYLLABLES = {
    "norse": ["thor", "ulf", "gar", "bjo", "hild", "ska"],
    "latin": ["ius", "mar", "cae", "flav", "oct", "aur"],
    "elvish": ["ela", "rin", "lor", "thi", "nel", "ae"],
}
langs = list(SYLLABLES)
letters = "abcdefghijklmnopqrstuvwxyz"


def random_name():
    lang = random.choice(langs)
    s = "".join(random.choice(SYLLABLES[lang]) for _ in range(3))[:9].ljust(9, "a")
    s = "".join(random.choice(letters) if random.random() < 0.1 else c for c in s)
    return [letters.index(c) for c in s], langs.index(lang)


def dataset(n):
    xs, ys = zip(*[random_name() for _ in range(n)])
    return torch.tensor(xs), torch.tensor(ys)


class CharGRU(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.emb = nn.Embedding(26, 12)
        self.gru = nn.GRU(12, hidden, batch_first=True)
        self.cls = nn.Linear(hidden, 3)

    def forward(self, x):
        out, _ = self.gru(self.emb(x))
        return self.cls(out[:, -1, :])


train_x, train_y = dataset(960)
test_x, test_y = dataset(300)
rnn = CharGRU()
optimizer = torch.optim.SGD(rnn.parameters(), lr=0.3)
for epoch in range(10):
    optimizer.zero_grad()
    for start in range(0, 960, 24):
        loss = nn.functional.cross_entropy(rnn(train_x[start:start + 24]), train_y[start:start + 24])
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())
with torch.no_grad():
    print("metric:", (rnn(test_x).argmax(1) == test_y).float().mean().item())
