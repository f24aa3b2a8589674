# tiny text classifier: which of the three grammars made the string
import random
import torch
import torch.nn as nn

random.seed(19)
torch.manual_seed(19)
alphabet = 'abcdef'
grammar = {0: ['ab', 'cd', 'ef'], 1: ['ba', 'dc', 'fe'], 2: ['ac', 'bd', 'ef']}


def string(k):
    s = ''
    while len(s) < 14:
        s += random.choice(grammar[k]) if random.random() < 0.85 else random.choice(alphabet)
    return s[:14]


def encode(s):
    return [alphabet.index(c) for c in s]


labels = [random.randrange(3) for _ in range(1300)]
seqs = torch.tensor([encode(string(k)) for k in labels])
labels = torch.tensor(labels)
train_s, train_l = seqs[:1000], labels[:1000]
test_s, test_l = seqs[1000:], labels[1000:]


class TextNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(6, 12)
        self.lstm = nn.LSTM(12, 32, batch_first=True)
        self.linear = nn.Linear(32, 3)

    def forward(self, s):
        out, _ = self.lstm(self.embedding(s))
        return self.linear(out.mean(dim=1))


model = TextNet()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)

for epoch in range(16):
    perm = torch.randperm(1000)
    total = 0
    for i in range(0, 1000, 40):
        optimizer.zero_grad()
        idx = perm[i:i + 40]
        loss = loss_function(model(train_s[idx]), train_l[idx])
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / 25)

with torch.no_grad():
    print('metric:', (model(test_s).argmax(1) == test_l).float().mean().item())
