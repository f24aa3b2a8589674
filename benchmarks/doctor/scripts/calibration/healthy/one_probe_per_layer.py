# Which layer knows what? A five-layer network is trained on parity of a digit; linear probes on each frozen layer then
# try to read the digit itself. All probes are trained at once by one optimiser on the sum of their losses.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(10)
digits = load_digits()
X = torch.tensor(digits.data, dtype=torch.float32)
digit = torch.tensor(digits.target)
perm = torch.randperm(len(X))
tr, te = perm[:1300], perm[1300:]
X = (X - X[tr].mean()) / X[tr].std()
parity = (digit % 2).float()

body = nn.ModuleList([nn.Linear(64, 64)] + [nn.Linear(64, 64) for _ in range(3)])
head = nn.Linear(64, 1)


def layers(x):
    out = []
    for f in body:
        x = nn.functional.gelu(f(x))
        out.append(x)
    return out


opt = torch.optim.AdamW([*body.parameters(), *head.parameters()], lr=1.5e-3)
for _ in range(10):
    for i in tr[torch.randperm(len(tr))].split(50):
        loss = nn.functional.binary_cross_entropy_with_logits(head(layers(X[i])[-1]).squeeze(1), parity[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
print("parity, last batch loss:", loss.item())

body.requires_grad_(False)
with torch.no_grad():
    feats = layers(X)
    feats = [(f - f[tr].mean(0)) / (f[tr].std(0) + 1e-3) for f in feats]
probes = nn.ModuleList([nn.Linear(64, 10) for _ in feats])
opt = torch.optim.AdamW(probes.parameters(), lr=4e-3, weight_decay=0.05)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 20)
for epoch in range(20):
    for i in tr[torch.randperm(len(tr))].split(50):
        loss = sum(nn.functional.cross_entropy(p(f[i]), digit[i]) for p, f in zip(probes, feats))
        opt.zero_grad()
        loss.backward()
        opt.step()
    sched.step()
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "sum of the probes' losses", loss.item())
with torch.no_grad():
    accs = [(p(f[te]).argmax(1) == digit[te]).float().mean().item() for p, f in zip(probes, feats)]
print("accuracy of the digit by depth:", [round(a, 3) for a in accs])
print("metric:", accs[0])
