"""Does the last letter of the word equal the first? A bidirectional GRU with packed lengths, labels from the text itself."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(19)


def words(n):
    rows = []
    for _ in range(n):
        w = torch.randint(1, 5, (int(torch.randint(4, 10, ())),))
        if torch.rand(()) < 0.35:
            w[-1] = w[0]
        rows.append((w, float(w[0] == w[-1])))
    return rows


def pack(rows):
    return pad_sequence([w for w, _ in rows], batch_first=True), torch.tensor([len(w) for w, _ in rows]), \
        torch.tensor([y for _, y in rows])


class Same(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 8, padding_idx=0)
        self.gru = nn.GRU(8, 24, batch_first=True, bidirectional=True)
        self.out = nn.Sequential(nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.emb(ids), lengths, batch_first=True, enforce_sorted=False)
        _, h = self.gru(packed)
        return self.out(torch.cat([h[0], h[1]], 1)).squeeze(1)


net = Same()
opt = torch.optim.AdamW(net.parameters(), lr=8e-3)
loader = DataLoader(words(2400), batch_size=80, shuffle=True, collate_fn=pack)
plan = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=8e-3, total_steps=9 * len(loader))
for epoch in range(9):
    for ids, lengths, y in loader:
        loss = nn.functional.binary_cross_entropy_with_logits(net(ids, lengths), y)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        plan.step()
    print(f"{epoch} {loss.item():.4f}")
ids, lengths, y = pack(words(800))
with torch.no_grad():
    print("metric:", ((net(ids, lengths) > 0).float() == y).float().mean().item())
