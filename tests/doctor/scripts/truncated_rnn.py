"""An LSTM language model trained through windows of a long text, its state carried from one to the next."""

import hashlib

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(3)
WORDS = ("the cat sat on the mat and the dog ran to the cat while the bird sang on the tree . " * 60).split()
vocabulary = sorted(set(WORDS))
codes = torch.tensor([vocabulary.index(word) for word in WORDS])
columns = codes[: len(codes) // 8 * 8].view(8, -1)


class Language(nn.Module):
    def __init__(self, words, width=24, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.lstm = nn.LSTM(width, hidden, num_layers=2, batch_first=True, dropout=0.1)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(hidden, words)

    def forward(self, x, state=None):
        y, state = self.lstm(self.embed(x), state)
        return self.out(self.drop(y)), state


model = Language(len(vocabulary))
optimizer = optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.7)
for epoch in range(5):
    state = None
    total = 0.0
    for start in range(0, columns.size(1) - 12, 12):
        x, y = columns[:, start : start + 12], columns[:, start + 1 : start + 13]
        if state is not None:
            state = tuple(one.detach() for one in state)
        model.zero_grad()
        logits, state = model(x, state)
        loss = criterion(logits.reshape(-1, len(vocabulary)), y.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    scheduler.step()
    print(f"epoch {epoch}: {total:.4f}")
print("weights", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest())
