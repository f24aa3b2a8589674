"""Prototypical network: every episode has other classes, so the loss is noisy; tested on classes never seen."""
import torch
from torch import nn

torch.manual_seed(18)
g = torch.Generator().manual_seed(18)
mix = torch.randn(8, 32, generator=g) / 8 ** 0.5
nuis = torch.randn(24, 32, generator=g) / 24 ** 0.5
class_codes = torch.randn(100, 8, generator=g)
train_classes, test_classes = torch.arange(70), torch.arange(70, 100)


def draw(classes, per_class):
    """(n_way, per_class, 32); what tells classes apart lies in 8 directions under loud nuisance ones."""
    z = class_codes[classes][:, None] + 0.25 * torch.randn(len(classes), per_class, 8)
    return torch.tanh(z @ mix + 1.2 * torch.randn(len(classes), per_class, 24) @ nuis)


def episode(net, pool, way=5, shot=5, query=10):
    classes = pool[torch.randperm(len(pool))[:way]]
    emb = net(draw(classes, shot + query))
    protos = emb[:, :shot].mean(1)
    q = emb[:, shot:].reshape(way * query, -1)
    logits = -torch.cdist(q, protos).pow(2)
    labels = torch.arange(way).repeat_interleave(query)
    return nn.functional.cross_entropy(logits, labels), (logits.argmax(1) == labels).float().mean()


net = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 32))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
sched = torch.optim.lr_scheduler.StepLR(opt, 400, 0.3)
run_loss = run_acc = 0
for k in range(1, 701):
    loss, acc = episode(net, train_classes)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    run_loss, run_acc = run_loss + loss.item() / 100, run_acc + acc.item() / 100
    if k % 100 == 0:
        print(f'episode {k}: loss {run_loss:.3f} acc {run_acc:.3f}')
        run_loss = run_acc = 0
net.eval()
with torch.no_grad():
    accs = torch.stack([episode(net, test_classes)[1] for _ in range(100)])
print('metric:', accs.mean().item())
