import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(88)

# Was the dough made in the right order?  Steps are integers; flour (1) must come before water (2),
# water before yeast (3), somewhere among other steps.
L, VOCAB, N = 12, 9, 2400


def make_recipes(n):
    steps = torch.randint(4, VOCAB, (n, L))
    good = torch.rand(n) < 0.5
    for i in range(n):
        where = torch.randperm(L)[:3].sort().values
        order = torch.tensor([1, 2, 3])
        if not good[i]:
            while order.tolist() == [1, 2, 3]:
                order = order[torch.randperm(3)]
        steps[i, where] = order
    return steps, good.long()


class TinyTransformer(nn.Module):
    def __init__(self, d=24, heads=4, layers=1):
        super().__init__()
        self.tok = nn.Embedding(VOCAB, d)
        self.pos = nn.Embedding(L, d)
        enc = nn.TransformerEncoderLayer(d, heads, 2 * d, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(enc, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(d)
        self.cls = nn.Linear(d, 2)

    def forward(self, steps):
        h = self.tok(steps)
        h = self.encoder(h)
        return self.cls(self.norm(h).mean(dim=1))


steps, good = make_recipes(N)
train = TensorDataset(steps[:2000], good[:2000])
valid_x, valid_y = steps[2000:], good[2000:]
loader = DataLoader(train, batch_size=64, shuffle=True)

net = TinyTransformer()
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01)
EPOCHS = 8
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=EPOCHS * len(loader), pct_start=0.2)

for epoch in range(EPOCHS):
    net.train()
    avg = 0.0
    for xb, yb in loader:
        loss = F.cross_entropy(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        avg += loss.item() / len(loader)
    net.eval()
    with torch.no_grad():
        acc = (net(valid_x).argmax(1) == valid_y).float().mean().item()
    print(f"{epoch}: loss={avg:.3f} acc={acc:.3f}")

print(f"metric: {acc:.4f}")
