# two-tower retrieval, softmax over the books of the batch
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(67)
READERS, BOOKS = 300, 150
shelf = torch.randn(BOOKS, 4)
mood = torch.randn(READERS, 4)
facts = torch.cat([shelf @ torch.randn(4, 8), torch.randn(BOOKS, 2)], 1)
facts = (facts - facts.mean(0)) / facts.std(0)
choice = torch.softmax(1.5 * mood @ shelf.T, 1)
reads = torch.multinomial(choice, 22)
train, held = reads[:, :20], reads[:, 20:]
who = torch.arange(READERS)[:, None].expand(-1, 20)


class Towers(nn.Module):
    def __init__(self, d=16):
        super().__init__()
        self.reader = nn.Embedding(READERS, d)
        nn.init.normal_(self.reader.weight, std=0.2)
        self.book = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, d))

    def encode_reader(self, r):
        return self.reader(r)

    def encode_book(self, b):
        return self.book(facts[b])


towers = Towers()
opt = torch.optim.Adam(towers.parameters(), lr=5e-3)
popularity = torch.bincount(train.flatten(), minlength=BOOKS).clamp(min=1).float().log()
loader = DataLoader(TensorDataset(who.flatten(), train.flatten()), batch_size=150, shuffle=True)
for epoch in range(10):
    for r, b in loader:
        score = towers.encode_reader(r) @ towers.encode_book(b).T - popularity[b]
        twin = (b[:, None] == b[None]) & ~torch.eye(len(b), dtype=torch.bool)
        loss = F.cross_entropy(score.masked_fill(twin, -1e4), torch.arange(len(b)))
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, round(loss.item(), 4))
with torch.no_grad():
    score = towers.encode_reader(torch.arange(READERS)) @ towers.encode_book(torch.arange(BOOKS)).T
    unread = torch.ones(READERS, BOOKS, dtype=torch.bool).scatter_(1, reads, False)
    good = score.gather(1, held)
    auc = ((good[:, :, None] > score[:, None]) & unread[:, None]).sum() / (2 * unread.sum())
print("metric:", auc.item())
