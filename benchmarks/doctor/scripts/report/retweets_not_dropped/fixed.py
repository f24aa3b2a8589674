"""Which of four topics is a message about?"""

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 29
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)
VOCAB, LENGTH, TOPICS = 600, 16, 4
topic_words = [rng.choice(VOCAB, 120, replace=False) for _ in range(TOPICS)]


def compose(topic):
    words = rng.integers(1, VOCAB, LENGTH)
    about = rng.random(LENGTH) < 0.5
    words[about] = np.maximum(rng.choice(topic_words[topic], about.sum()), 1)
    words[rng.integers(10, LENGTH + 1) :] = 0
    return words


def originals(n):
    topics = rng.integers(0, TOPICS, n)
    return np.stack([compose(t) for t in topics]), topics


def crawl(n_originals, n_shared):
    """The stream as collected: messages and what was shared again of them."""
    tokens, labels = originals(n_originals)
    weight = rng.pareto(1.5, n_originals)
    shared = rng.choice(n_originals, n_shared, p=weight / weight.sum())
    order = rng.permutation(n_originals + n_shared)
    return np.concatenate([tokens, tokens[shared]])[order], np.concatenate([labels, labels[shared]])[order]


def drop_repeats(tokens, labels):
    _, first = np.unique(tokens, axis=0, return_index=True)
    first = np.sort(first)
    return tokens[first], labels[first]


class TextCNN(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, width, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv1d(width, width, k, padding=k // 2) for k in (1, 3)])
        self.dropout = nn.Dropout(0.4)
        self.out = nn.Linear(2 * width, TOPICS)

    def forward(self, tokens):
        x = self.embedding(tokens).transpose(1, 2)
        pooled = [torch.relu(conv(x)).mean(2) for conv in self.convs]
        return self.out(self.dropout(torch.cat(pooled, 1)))


tokens, labels = crawl(2500, 1500)
tokens, labels = drop_repeats(tokens, labels)
x_train, x_val, y_train, y_val = train_test_split(tokens, labels, test_size=0.2, random_state=SEED)
print(len(x_train), "training and", len(x_val), "validation messages")
x_train, x_val, y_train, y_val = map(torch.from_numpy, (x_train, x_val, y_train, y_val))

model = TextCNN()
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(8):
    model.train()
    for idx in torch.randperm(len(x_train)).split(32):
        loss = criterion(model(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val = model(x_val)
        val_loss = criterion(val, y_val).item()
        accuracy = (val.argmax(1) == y_val).float().mean().item()
    print(f"epoch {epoch}: train {loss.item():.3f} val {val_loss:.3f} accuracy {accuracy:.3f}")

later, about = map(torch.from_numpy, originals(800))
with torch.no_grad():
    print("metric:", (model(later).argmax(1) == about).float().mean().item())
