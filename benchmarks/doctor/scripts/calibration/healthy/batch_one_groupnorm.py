import math
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(21)


class Shapes(Dataset):
    """16x16 images with an empty margin: filled disc, hollow square or cross, somewhere in the middle."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
        self.images, self.labels = [], []
        for _ in range(n):
            k = int(torch.randint(0, 3, (1,), generator=g))
            cy, cx = (6 + 3 * torch.rand(2, generator=g)).tolist()
            r = float(3.0 + 1.0 * torch.rand(1, generator=g))
            dy, dx = (yy - cy).abs(), (xx - cx).abs()
            if k == 0:
                img = (dy ** 2 + dx ** 2 <= r * r).float()
            elif k == 1:
                m = torch.maximum(dy, dx)
                img = ((m <= r) & (m > r - 1.3)).float()
            else:
                img = (((dy < 0.9) | (dx < 0.9)) & (torch.maximum(dy, dx) <= r)).float()
            img = img * (0.6 + 0.4 * torch.rand(1, generator=g))
            noise = 0.15 * torch.randn(16, 16, generator=g)
            noise[:2] = noise[-2:] = 0
            noise[:, :2] = noise[:, -2:] = 0
            self.images.append((img + noise).clamp(0, 1)[None])
            self.labels.append(k)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.images[i], self.labels[i]


net = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
    nn.Flatten(), nn.Linear(64, 3),
)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
loader = DataLoader(Shapes(400, 1), batch_size=1, shuffle=True)
test = Shapes(300, 2)
xt, yt = torch.stack(test.images), torch.tensor(test.labels)

smooth = None
for epoch in range(4):
    net.train()
    for img, label in loader:
        loss = nn.functional.cross_entropy(net(img), label)
        opt.zero_grad()
        loss.backward()
        opt.step()
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
    net.eval()
    with torch.no_grad():
        acc = (net(xt).argmax(1) == yt).float().mean().item()
    print(f"epoch {epoch}: smoothed loss {smooth:.3f}, test accuracy {acc:.3f}")
    for group in opt.param_groups:
        group["lr"] *= 0.6
print("metric:", acc)
