from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset


@dataclass
class SentimentConfig:
    vocab_size: int = 60
    embed_dim: int = 16
    hidden: int = 24
    bidirectional: bool = True
    lr: float = 5e-3
    epochs: int = 6
    batch_size: int = 40
    seed: int = 50


class Sentences(Dataset):
    """Words 1..15 praise, 16..30 blame, 59 negates the word after it, the rest is filler."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.items = []
        while len(self.items) < n:
            length = int(torch.randint(5, 15, (1,), generator=g))
            words = torch.randint(1, 59, (length,), generator=g)
            words[torch.rand(length, generator=g) < 0.15] = 59
            score, flip = 0, 1
            for w in words.tolist():
                score += flip * ((w <= 15) - (16 <= w <= 30))
                flip = -1 if w == 59 else 1
            if score != 0:
                self.items.append((words, int(score > 0)))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(batch):
    words, labels = zip(*batch)
    lengths = torch.tensor([len(w) for w in words])
    return pad_sequence(words, batch_first=True), lengths, torch.tensor(labels)


class SentimentLSTM(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.embedding = nn.Embedding(cfg.vocab_size, cfg.embed_dim, padding_idx=0)
        self.lstm = nn.LSTM(cfg.embed_dim, cfg.hidden, batch_first=True, bidirectional=cfg.bidirectional)
        self.classifier = nn.Linear(cfg.hidden * (2 if cfg.bidirectional else 1), 2)

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.classifier(h.transpose(0, 1).flatten(1))


def main():
    cfg = SentimentConfig()
    torch.manual_seed(cfg.seed)
    train = DataLoader(Sentences(1600, 1), batch_size=cfg.batch_size, shuffle=True, collate_fn=collate)
    test = DataLoader(Sentences(400, 2), batch_size=200, collate_fn=collate)
    model = SentimentLSTM(cfg)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for words, lengths, labels in train:
            optimizer.zero_grad()
            loss = criterion(model(words, lengths), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            total += loss.item()
        print(f'epoch {epoch} loss {total / len(train):.3f}')
    model.eval()
    with torch.no_grad():
        hits = sum((model(w, n).argmax(1) == y).sum().item() for w, n, y in test)
    print('metric:', hits / len(test.dataset))


if __name__ == '__main__':
    main()
