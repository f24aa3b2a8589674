"""Two networks taught in turn, each also by the other's (fixed) predictions; user hooks count active units."""
import torch
from torch import nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

torch.manual_seed(27)


def moons_in_noise(n):
    k = torch.randint(0, 4, (n,))
    t = torch.rand(n) * torch.pi
    cx, cy = (k % 2).float() * 1.0 + (k // 2).float() * 3.2, (k % 2).float() * 0.5
    flip = 1.0 - 2.0 * (k % 2)
    p = torch.stack([torch.cos(t) * flip + cx, torch.sin(t) * flip + cy], 1) + 0.12 * torch.randn(n, 2)
    return p, k


x, y = moons_in_noise(1500)
xt, yt = moons_in_noise(600)
mu, sd = x.mean(0), x.std(0)
x, xt = (x - mu) / sd, (xt - mu) / sd

smooth = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), spectral_norm(nn.Linear(64, 64)), nn.ReLU(), nn.Linear(64, 4))
normed = nn.Sequential(weight_norm(nn.Linear(2, 48)), nn.GELU(), weight_norm(nn.Linear(48, 48)), nn.GELU(), nn.Linear(48, 4))
active = []
handle = smooth[1].register_forward_hook(lambda m, i, o: active.append((o > 0).float().mean().item()))
opt_a = torch.optim.Adam(smooth.parameters(), lr=8e-3)
opt_b = torch.optim.Adam(normed.parameters(), lr=6e-3)


def learn(student, teacher, opt, xb, yb):
    with torch.no_grad():
        advice = teacher(xb).softmax(1)
    logits = student(xb)
    loss = F.cross_entropy(logits, yb) + 0.1 * F.kl_div(logits.log_softmax(1), advice, reduction="batchmean")
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


for epoch in range(18):
    a = b = 0.0
    for rows in torch.randperm(len(x)).split(50):
        a = learn(smooth, normed, opt_a, x[rows], y[rows])
        b = learn(normed, smooth, opt_b, x[rows], y[rows])
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1}: {a:.3f} {b:.3f}, active units {sum(active) / len(active):.2f}")
        active.clear()
handle.remove()
smooth.eval()
normed.eval()
with torch.no_grad():
    both = smooth(xt).softmax(1) + normed(xt).softmax(1)
    print("metric:", (both.argmax(1) == yt).float().mean().item())
