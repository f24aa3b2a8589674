"""Multiple-instance learning: a bag is positive when it holds at least one 'lesion'. Attention pooling with a mask."""
import torch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(41)
D = 10
lesion = torch.randn(D)
lesion = 3.0 * lesion / lesion.norm()


def bag(positive):
    n = int(torch.randint(4, 16, (1,)))
    x = torch.randn(n, D)
    if positive:
        k = int(torch.randint(1, 3, (1,)))
        x[torch.randperm(n)[:k]] = lesion + 0.5 * torch.randn(k, D)
    return x, float(positive)


def collate(bags):
    longest = max(len(b[0]) for b in bags)
    x = torch.zeros(len(bags), longest, D)
    mask = torch.zeros(len(bags), longest, dtype=torch.bool)
    for i, (b, _) in enumerate(bags):
        x[i, :len(b)] = b
        mask[i, :len(b)] = True
    return {"x": x, "mask": mask, "y": torch.tensor([b[1] for b in bags])}


class AttentionMIL(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(D, hidden), nn.ReLU())
        self.v = nn.Linear(hidden, 24)
        self.u = nn.Linear(hidden, 24)
        self.w = nn.Linear(24, 1)
        self.cls = nn.Linear(hidden, 1)

    def forward(self, x, mask):
        h = self.embed(x)
        a = self.w(torch.tanh(self.v(h)) * torch.sigmoid(self.u(h))).squeeze(-1)
        a = a.masked_fill(~mask, float("-inf")).softmax(-1)
        return self.cls((a.unsqueeze(-1) * h).sum(1)).squeeze(-1), a


train = DataLoader([bag(i % 2 == 0) for i in range(900)], batch_size=20, shuffle=True, collate_fn=collate)
test = DataLoader([bag(i % 2 == 0) for i in range(400)], batch_size=100, collate_fn=collate)
model = AttentionMIL()
opt = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
bce = nn.BCEWithLogitsLoss()
for epoch in range(10):
    model.train()
    total = 0.0
    for batch in train:
        logit, _ = model(batch["x"], batch["mask"])
        loss = bce(logit, batch["y"])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print("epoch", epoch, "loss", round(total / len(train), 4))
model.eval()
right = count = 0
with torch.no_grad():
    for batch in test:
        logit, _ = model(batch["x"], batch["mask"])
        right += ((logit > 0).float() == batch["y"]).sum().item()
        count += len(logit)
print("metric:", right / count)
