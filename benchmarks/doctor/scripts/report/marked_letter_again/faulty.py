import random

import torch
import torch.nn as nn

random.seed(8)
torch.manual_seed(8)

# Does the marked letter of the string come a second time?  Letters a..h.
LETTERS, LENGTH = 8, 12


def sample(label):
    while True:
        s = [random.randrange(LETTERS) for _ in range(LENGTH)]
        first = random.randrange(LENGTH)
        again = s.count(s[first]) > 1
        if again == bool(label):
            return s, first


def make(n):
    labels = [i % 2 for i in range(n)]
    rows = [sample(v) for v in labels]
    letters = torch.tensor([r[0] for r in rows])
    marks = torch.zeros(n, LENGTH, dtype=torch.long)
    marks[torch.arange(n), torch.tensor([r[1] for r in rows])] = 1
    return letters, marks, torch.tensor(labels)


class Reader(nn.Module):
    def __init__(self, d_model=32):
        super().__init__()
        self.letter = nn.Embedding(LETTERS, d_model)
        self.mark = nn.Embedding(2, d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead=2, dim_feedforward=64, dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.classify = nn.Linear(d_model, 2)

    def forward(self, letters, marks):
        h = self.encoder(self.letter(letters) + self.mark(marks))
        marked = (h * marks.unsqueeze(-1)).sum(dim=1)
        return self.classify(marked)


def accuracy(model, data):
    model.eval()
    with torch.no_grad():
        out = torch.cat([model(a, m) for a, m in zip(data[0].split(100), data[1].split(100), strict=True)])
    return (out.argmax(-1) == data[2]).float().mean().item()


train, test = make(2500), make(600)
model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(8):
    model.train()
    total = 0.0
    for pick in torch.randperm(2500).split(50):
        logits = model(train[0][pick], train[1][pick])
        loss = loss_fn(logits, train[2][pick])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch + 1}: loss {total / 50:.4f}, test accuracy {accuracy(model, test):.3f}")

print("metric:", round(accuracy(model, test), 4))
