"""Which of four fish is grunting?  Clips have between 1 and 14 frames; statistics pooling, then a small classifier."""
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SEED = 3
torch.manual_seed(SEED)
random.seed(SEED)


class Clips(Dataset):
    def __init__(self, n, centres, spreads):
        self.items = []
        for _ in range(n):
            fish = random.randrange(4)
            frames = random.choice([1, 2, 3, 5, 8, 11, 14]) if random.random() < 0.2 else random.randint(6, 14)
            clip = centres[fish] + spreads[fish] * torch.randn(frames, 8)
            self.items.append((clip, fish))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(items):
    clips, fish = zip(*items)
    return list(clips), torch.tensor(fish)


class StatsPool(nn.Module):
    def forward(self, hidden, lengths):
        pooled = []
        for frames in hidden.split(lengths):
            pooled.append(torch.cat([frames.mean(dim=0), frames.std(dim=0)]))
        return torch.stack(pooled)


class CallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.frame = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 24), nn.Tanh())
        self.pool = StatsPool()
        self.head = nn.Sequential(nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 4))

    def forward(self, clips):
        lengths = [len(c) for c in clips]
        return self.head(self.pool(self.frame(torch.cat(clips)), lengths))


centres = 0.5 * torch.randn(4, 8)
spreads = torch.tensor([0.6, 1.0, 0.6, 1.1])
train = DataLoader(Clips(960, centres, spreads), batch_size=32, shuffle=True, collate_fn=collate)
test = DataLoader(Clips(400, centres, spreads), batch_size=100, collate_fn=collate)
net = CallNet()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(16):
    net.train()
    seen = 0.0
    for clips, fish in train:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(clips), fish)
        loss.backward()
        opt.step()
        seen += loss.item() * len(fish)
    print(f"epoch {epoch:2d}  loss {seen / len(train.dataset):.3f}")

net.eval()
hits = 0
with torch.no_grad():
    for clips, fish in test:
        hits += (net(clips).argmax(1) == fish).sum().item()
print("metric:", hits / len(test.dataset))
