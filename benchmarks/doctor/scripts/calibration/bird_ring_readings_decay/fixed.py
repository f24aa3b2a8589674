# Does a ring code belong to the scheme?  (six letters from a small grammar, transformer encoder)
import random

import torch
import torch.nn as nn

RATE, STEPS, BATCH = 4e-3, 600, 48
random.seed(101)
torch.manual_seed(101)
LETTERS = "ABCDEF"


def ring(valid):
    """In the scheme the last letter follows from the first."""
    code = [random.randrange(6) for _ in range(5)]
    good = (code[0] + 2) % 6
    code.append(good if valid else random.choice([c for c in range(6) if c != good]))
    return code


def rings(n):
    labels = [random.random() < 0.5 for _ in range(n)]
    return torch.tensor([ring(v) for v in labels]), torch.tensor(labels).float()


class RingChecker(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.letters = nn.Embedding(len(LETTERS), dim)
        self.places = nn.Parameter(0.1 * torch.randn(6, dim))
        layer = nn.TransformerEncoderLayer(dim, 4, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.answer = nn.Linear(dim, 1)

    def forward(self, codes):
        h = self.encoder(self.letters(codes) + self.places)
        return self.answer(self.norm(h[:, -1])).squeeze(-1)


x_val, y_val = rings(500)
model = RingChecker()
optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / STEPS)
criterion = nn.BCEWithLogitsLoss()
for step in range(STEPS):
    x, y = rings(BATCH)
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 100 == 99:
        print(step + 1, round(loss.item(), 4))
model.eval()
with torch.no_grad():
    print("metric:", ((model(x_val) > 0) == y_val.bool()).float().mean().item())
