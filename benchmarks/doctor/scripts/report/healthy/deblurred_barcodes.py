"""Sharp barcodes from blurred ones: the network learns what to add to the blurred line."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(58)
kernel = torch.exp(-(torch.arange(-4, 5.0) ** 2) / 8)
kernel = (kernel / kernel.sum()).view(1, 1, -1)


def codes(n):
    bars = (torch.rand(n, 1, 24) > 0.5).float().repeat_interleave(3, dim=2)
    blurred = F.conv1d(F.pad(bars, (4, 4), mode="replicate"), kernel)
    return blurred + 0.02 * torch.randn_like(blurred), bars


class Deblur(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(1, width, 9, padding=4),
                nn.Conv1d(width, width, 9, padding=4),
                nn.Conv1d(width, 1, 9, padding=4),
            ]
        )
        nn.init.zeros_(self.layers[-1].weight)  # at the start the answer is the blurred line itself
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, x):
        h = x - 0.5
        for layer in self.layers[:-1]:
            h = F.leaky_relu(layer(h), 0.1)
        return x + self.layers[-1](h)


def main():
    blurred, sharp = codes(800)
    blurred_test, sharp_test = codes(200)
    net = Deblur()
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
    for epoch in range(12):
        total = 0.0
        for idx in torch.randperm(800).split(32):
            loss = F.mse_loss(net(blurred[idx]), sharp[idx])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * len(idx)
        scheduler.step()
        print(f"epoch {epoch + 1}: {total / 800:.5f}")
    with torch.no_grad():
        left = F.mse_loss(net(blurred_test), sharp_test) / F.mse_loss(blurred_test, sharp_test)
    print(f"metric: {1 - left.item():.4f}")


main()
