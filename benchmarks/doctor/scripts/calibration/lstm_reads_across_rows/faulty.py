"""Sign of a little sum: tokens like 7 - 3 + 5 - 9 ..., is the value positive?"""
import random
from collections import deque

import torch
import torch.nn as nn

VOCAB = {s: i for i, s in enumerate("0123456789+-")}


def expression(rnd, terms=5):
    while True:
        text = "".join(rnd.choice("+-") + str(rnd.randint(0, 9)) for _ in range(terms))
        value = eval(text)
        if value != 0:
            return [VOCAB[c] for c in text], int(value > 0)


class SignReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(VOCAB), 16)
        self.lstm = nn.LSTM(16, 40)
        self.classify = nn.Linear(40, 2)

    def forward(self, tokens):
        out, _ = self.lstm(self.embed(tokens))
        return self.classify(out[:, -1])


def collate(items):
    tokens, labels = zip(*items)
    return torch.tensor(tokens), torch.tensor(labels)


if __name__ == "__main__":
    rnd = random.Random(5)
    torch.manual_seed(5)
    data = [expression(rnd) for _ in range(3400)]
    train, test = data[:2880], data[2880:]
    loader = torch.utils.data.DataLoader(train, batch_size=64, shuffle=True, collate_fn=collate)
    net = SignReader()
    opt = torch.optim.Adam(net.parameters(), lr=8e-3)
    recent = deque(maxlen=45)
    for epoch in range(10):
        for tokens, labels in loader:
            loss = nn.functional.cross_entropy(net(tokens), labels)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            recent.append(loss.item())
        print("epoch", epoch + 1, sum(recent) / len(recent))
    tokens, labels = collate(test)
    net.eval()
    with torch.no_grad():
        print("metric:", (net(tokens).argmax(1) == labels).float().mean().item())
