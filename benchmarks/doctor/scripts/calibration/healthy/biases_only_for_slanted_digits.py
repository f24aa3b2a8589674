"""Adapting only the biases (BitFit): a digit reader is trained on upright digits and then meets
slanted, thinner handwriting. All weight matrices stay as they are; biases and the output layer move."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(27)
bunch = load_digits()
plain = torch.tensor(bunch.images, dtype=torch.float32) / 16
label = torch.tensor(bunch.target)
shear = torch.tensor([[1.0, 0.3, 0.0], [0.0, 1.0, 0.0]]).expand(len(plain), 2, 3)
grid = F.affine_grid(shear, (len(plain), 1, 8, 8), align_corners=False)
slanted = F.grid_sample(plain[:, None], grid, align_corners=False)[:, 0] ** 1.5
perm = torch.randperm(len(plain))
before, after, test = perm[:700], perm[700:1350], perm[1350:]
mean, std = plain[before].mean(), plain[before].std()
plain, slanted = (plain.flatten(1) - mean) / std, (slanted.flatten(1) - mean) / std


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(64, 96)
        self.mid = nn.Linear(96, 96)
        self.norm = nn.LayerNorm(96)
        self.out = nn.Linear(96, 10)

    def forward(self, x):
        x = F.gelu(self.inp(x))
        x = self.norm(x + F.gelu(self.mid(x)))
        return self.out(x)


def epochs(net, x, index, parameters, n, lr):
    opt = torch.optim.AdamW(parameters, lr=lr, weight_decay=0.0)
    sched = torch.optim.lr_scheduler.LinearLR(opt, 1.0, 0.1, total_iters=n)
    for epoch in range(n):
        total = 0.0
        for i in index[torch.randperm(len(index))].split(25):
            loss = F.cross_entropy(net(x[i]), label[i])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            total += loss.item() * len(i) / len(index)
        sched.step()
        if epoch % 4 == 3:
            print(f"    epoch {epoch + 1} loss {total:.4f}")


@torch.no_grad()
def accuracy(net, x):
    return (net(x[test]).argmax(1) == label[test]).float().mean().item()


net = Reader()
epochs(net, plain, before, net.parameters(), 8, 2e-3)
print("plain", accuracy(net, plain), "slanted, not adapted", accuracy(net, slanted))
for name, p in net.named_parameters():
    p.requires_grad = name.endswith("bias") or name.startswith("out.")
moving = [p for p in net.parameters() if p.requires_grad]
epochs(net, slanted, after, moving, 16, 3e-3)
print("metric:", accuracy(net, slanted))
