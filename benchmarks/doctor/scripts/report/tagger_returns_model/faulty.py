"""Part-of-speech tags for a toy language with a BiLSTM."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

random.seed(15)
torch.manual_seed(15)

WORDS = {
    "DET": [f"det{i}" for i in range(6)],
    "ADJ": [f"adj{i}" for i in range(60)],
    "NOUN": [f"noun{i}" for i in range(90)] + [f"both{i}" for i in range(60)],
    "VERB": [f"verb{i}" for i in range(60)] + [f"both{i}" for i in range(60)],
    "ADV": [f"adv{i}" for i in range(30)],
    "PREP": [f"prep{i}" for i in range(8)],
}
vocabulary = {w: i + 1 for i, w in enumerate(sorted({w for ws in WORDS.values() for w in ws}))}
tags = {t: i for i, t in enumerate(WORDS)}


def phrase():
    kinds = ["DET"] if random.random() < 0.7 else []
    kinds += ["ADJ"] * random.choice([0, 0, 1, 2])
    return [*kinds, "NOUN"]


def sentence():
    kinds = phrase() + ["ADV"] * random.choice([0, 1]) + ["VERB"]
    if random.random() < 0.7:
        kinds += phrase()
    if random.random() < 0.5:
        kinds += ["PREP", *phrase()]
    words = [random.choice(WORDS[k]) for k in kinds]
    return torch.tensor([vocabulary[w] for w in words]), torch.tensor([tags[k] for k in kinds])


class Tagger(nn.Module):
    def __init__(self, n_words, n_tags, width=32):
        super().__init__()
        self.embedding = nn.Embedding(n_words + 1, width, padding_idx=0)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * width, n_tags)

    def forward(self, words):
        return self.out(self.lstm(self.embedding(words))[0])


def collate(sentences):
    words, kinds = zip(*sentences)
    return pad_sequence(words, batch_first=True), pad_sequence(kinds, batch_first=True, padding_value=-100)


def train(model, data, epochs, batch_size=25, lr=3e-3):
    criterion = nn.CrossEntropyLoss(ignore_index=-100)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for epoch in range(epochs):
        random.shuffle(data)
        batches = [collate(data[i : i + batch_size]) for i in range(0, len(data), batch_size)]
        total = 0.0
        for words, kinds in batches:
            optimizer.zero_grad()
            loss = criterion(model(words).transpose(1, 2), kinds)
            loss.backward()
            optimizer.step()
            total += loss.item()
        if epoch % 2 == 0 or epoch == epochs - 1:
            print(f"epoch {epoch + 1}/{epochs} loss {total / len(batches):.3f}")
        return model


train_data = [sentence() for _ in range(1000)]
test_data = [sentence() for _ in range(300)]
tagger = train(Tagger(len(vocabulary), len(tags)), train_data, epochs=12)
tagger.eval()
with torch.no_grad():
    words, kinds = collate(test_data)
    known = kinds != -100
    accuracy = (tagger(words).argmax(-1) == kinds)[known].float().mean().item()
print("metric:", accuracy)
