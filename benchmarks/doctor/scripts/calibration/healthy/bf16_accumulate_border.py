"""bf16 autocast on the CPU, two micro-batches per step, clipping, EMA weights for the evaluation.
24x24 pictures: a bar at one of 6 angles in the middle of a black frame."""
import copy
import math
import torch
from torch import nn

torch.manual_seed(51)


def pictures(n):
    yy, xx = torch.meshgrid(torch.linspace(-1, 1, 24), torch.linspace(-1, 1, 24), indexing="ij")
    y = torch.randint(0, 6, (n,))
    angle = (y * 30.0 + 8 * (torch.rand(n) - 0.5)) * math.pi / 180
    cx, cy = (torch.rand(2, n, 1, 1) - 0.5) * 0.3
    c, s = angle.cos().view(-1, 1, 1), angle.sin().view(-1, 1, 1)
    along = c * (xx - cx) + s * (yy - cy)
    across = -s * (xx - cx) + c * (yy - cy)
    img = ((along.abs() < 0.55) & (across.abs() < 0.11)).float() * (0.5 + 0.5 * torch.rand(n, 1, 1))
    inside = ((xx.abs() < 0.78) & (yy.abs() < 0.78)).float()
    img = (img + 0.2 * torch.randn(n, 24, 24)).clamp(0, 1) * inside
    return img[:, None], y


x, y = pictures(1400)
xt, yt = pictures(500)
net = nn.Sequential(
    nn.Conv2d(1, 12, 5, stride=2, padding=2), nn.BatchNorm2d(12), nn.SiLU(),
    nn.Conv2d(12, 24, 3, stride=2, padding=1), nn.BatchNorm2d(24), nn.SiLU(),
    nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(216, 6))
ema = copy.deepcopy(net).requires_grad_(False).eval()
MICRO, ACCUM, EPOCHS = 25, 2, 6
steps = EPOCHS * len(x) // (MICRO * ACCUM)
opt = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.02)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, 8e-3, total_steps=steps)
done = 0
for epoch in range(EPOCHS):
    net.train()
    shown = 0.0
    for k, rows in enumerate(torch.randperm(len(x)).split(MICRO)):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = net(x[rows])
        loss = nn.functional.cross_entropy(logits.float(), y[rows])
        (loss / ACCUM).backward()
        shown += loss.item()
        if (k + 1) % ACCUM == 0:
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            opt.step()
            opt.zero_grad(set_to_none=True)
            sched.step()
            done += 1
            decay = min(0.95, (1 + done) / (10 + done))
            with torch.no_grad():
                for e, p in zip(ema.state_dict().values(), net.state_dict().values()):
                    if e.dtype.is_floating_point:
                        e.lerp_(p, 1 - decay)
                    else:
                        e.copy_(p)
    with torch.no_grad():
        print(f"epoch {epoch}: loss {shown / (k + 1):.3f}, ema accuracy {(ema(xt).argmax(1) == yt).float().mean():.3f}")
with torch.no_grad():
    print("metric:", (ema(xt).argmax(1) == yt).float().mean().item())
