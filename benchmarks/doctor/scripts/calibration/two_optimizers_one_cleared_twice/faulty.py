# multi-task on digits: class of the digit + amount of ink, learned uncertainty weights are overkill, so fixed 0.3
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

torch.manual_seed(56)
bunch = load_digits()
img = torch.tensor(bunch.data / 16, dtype=torch.float32)
cls = torch.tensor(bunch.target)
left = img.view(-1, 8, 8)[:, :, :4].mean((1, 2))
right = img.view(-1, 8, 8)[:, :, 4:].mean((1, 2))
balance = ((left - right) / (left + right)).unsqueeze(1)

perm = torch.randperm(len(img))
tr, te = perm[:1360], perm[1360:]
balance = (balance - balance[tr].mean()) / balance[tr].std()
img = img - img[tr].mean(0)

body = nn.Sequential(nn.Linear(64, 80), nn.Tanh(), nn.Linear(80, 40), nn.Tanh())
head_cls = nn.Linear(40, 10)
head_bal = nn.Linear(40, 1)
opt_body = torch.optim.SGD(body.parameters(), lr=0.1, momentum=0.9)
opt_heads = torch.optim.SGD([*head_cls.parameters(), *head_bal.parameters()], lr=0.03, momentum=0.9)


def batches(index, size):
    shuffled = index[torch.randperm(len(index))]
    for k in range(0, len(shuffled), size):
        yield shuffled[k:k + size]


step = 0
for epoch in range(12):
    for ix in batches(tr, 40):
        h = body(img[ix])
        loss_cls = F.cross_entropy(head_cls(h), cls[ix])
        loss_bal = F.mse_loss(head_bal(h), balance[ix])
        loss = loss_cls + 0.3 * loss_bal
        opt_body.zero_grad()
        opt_body.zero_grad()
        loss.backward()
        opt_body.step()
        opt_heads.step()
        step += 1
    print(epoch, step, "cls %.4f bal %.4f" % (loss_cls.item(), loss_bal.item()))

with torch.no_grad():
    acc = (head_cls(body(img[te])).argmax(1) == cls[te]).float().mean().item()
print("metric:", acc)
