import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

random.seed(5)
torch.manual_seed(5)

# %% helper tickets: 4 departments, each with its favourite words, the rest is filler
VOCAB, PAD = 300, 0
favourites = [list(range(1 + 20 * d, 21 + 20 * d)) for d in range(4)]


def ticket():
    dep = random.randrange(4)
    length = random.randint(6, 25)
    words = [random.choice(favourites[dep]) if random.random() < 0.25 else random.randint(1, VOCAB - 1)
             for _ in range(length)]
    return words, dep


def collate(rows):
    longest = max(len(w) for w, _ in rows)
    ids = torch.full((len(rows), longest), PAD)
    for r, (w, _) in enumerate(rows):
        ids[r, :len(w)] = torch.tensor(w)
    return {"ids": ids, "label": torch.tensor([d for _, d in rows])}


train_set = [ticket() for _ in range(3200)]
test_set = [ticket() for _ in range(600)]
train_loader = DataLoader(train_set, batch_size=64, shuffle=True, collate_fn=collate)
test_loader = DataLoader(test_set, batch_size=200, collate_fn=collate)


# %%
class Router(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, dim, padding_idx=PAD)
        self.hidden = nn.Linear(dim, 48)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(48, 4)

    def forward(self, ids):
        keep = (ids != PAD).unsqueeze(-1)
        h = (self.emb(ids) * keep).sum(1) / keep.sum(1)
        return self.out(self.drop(F.relu(self.hidden(h))))


def make_optimizer(model, rate, decay):
    return torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay)


def evaluate(model):
    model.eval()
    hits = 0
    with torch.no_grad():
        for b in test_loader:
            hits += (model(b["ids"]).argmax(1) == b["label"]).sum().item()
    return hits / len(test_set)


model = Router()
optimizer = make_optimizer(model, 2e-3, 1e-5)
for epoch in range(12):
    model.train()
    for b in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(b["ids"]), b["label"])
        loss.backward()
        optimizer.step()
    if epoch % 3 == 2:
        print("epoch", epoch, "loss", round(loss.item(), 3))
print("metric:", evaluate(model))
