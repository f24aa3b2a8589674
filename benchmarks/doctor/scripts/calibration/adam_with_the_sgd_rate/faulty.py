# -*- coding: utf-8 -*-
# which of the 5 symbols is the most frequent one in the sequence?
import torch
import torch.nn as nn

torch.manual_seed(7)
VOCAB, LEN, N = 5, 15, 1400

tokens = torch.randint(0, VOCAB, (N, LEN))
favourite = torch.randint(0, VOCAB, (N, 1))
tokens = torch.where(torch.rand(N, LEN) < 0.35, favourite, tokens)
counts = torch.stack([(tokens == v).sum(1) for v in range(VOCAB)], 1)
top2 = counts.topk(2, 1).values
keep = top2[:, 0] > top2[:, 1]          # no ties
tokens, target = tokens[keep], counts[keep].argmax(1)
split = int(0.8 * len(tokens))


class Classifier(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, dim)
        self.pos = nn.Parameter(torch.randn(1, LEN, dim) * 0.02)
        layer = nn.TransformerEncoderLayer(dim, 2, 48, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.fc = nn.Linear(dim, VOCAB)

    def forward(self, s):
        h = self.encoder(self.embed(s) + self.pos)
        return self.fc(h.mean(1))


model = Classifier()
criterion = nn.CrossEntropyLoss()
# optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)

for step in range(300):
    idx = torch.randint(0, split, (32,))
    logits = model(tokens[idx])
    loss = criterion(logits, target[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 49:
        print('step', step + 1, 'loss', loss.item())

model.eval()
with torch.no_grad():
    acc = (model(tokens[split:]).argmax(1) == target[split:]).float().mean().item()
print('metric:', acc)
