"""Polarity of short reviews with a small transformer encoder (words are invented)."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

LENGTH, VOCAB = 16, 40
CLS, GOOD, BAD, NOT = 0, range(1, 9), range(9, 17), range(17, 20)


def reviews(n, generator):
    tokens = torch.randint(20, VOCAB, (n, LENGTH), generator=generator)
    tokens[:, 0] = CLS
    label = torch.randint(2, (n,), generator=generator)
    for row, positive in zip(tokens, label.tolist(), strict=True):
        places = (torch.randperm(7, generator=generator)[:3] * 2 + 2).tolist()
        for place in places:
            negate = torch.rand(1, generator=generator).item() < 0.2
            words = GOOD if bool(positive) != negate else BAD
            row[place] = words[torch.randint(8, (1,), generator=generator).item()]
            if negate:
                row[place - 1] = NOT[torch.randint(3, (1,), generator=generator).item()]
    return TensorDataset(tokens, label)


class Encoder(nn.Module):
    def __init__(self, dim=32, heads=4, layers=1):
        super().__init__()
        self.tokens = nn.Embedding(VOCAB, dim)
        self.places = nn.Parameter(0.02 * torch.randn(LENGTH, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 64, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(dim, 2)

    def forward(self, tokens):
        return self.head(self.encoder(self.tokens(tokens) + self.places)[:, 0])


def main():
    torch.manual_seed(66)
    generator = torch.Generator().manual_seed(66)
    train = DataLoader(reviews(1600, generator), batch_size=50, shuffle=True)
    test = DataLoader(reviews(400, generator), batch_size=400)
    model = Encoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(14):
        model.train()
        total = 0.0
        for tokens, label in train:
            optimizer.zero_grad()
            loss = criterion(model(tokens), label)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: {total / len(train):.4f}")
    model.eval()
    with torch.no_grad():
        tokens, label = next(iter(test))
        print("metric:", (model(tokens).argmax(1) == label).float().mean().item())


if __name__ == "__main__":
    main()
