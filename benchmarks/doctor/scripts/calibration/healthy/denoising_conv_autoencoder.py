import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader

torch.manual_seed(216)
images = torch.tensor(load_digits().images, dtype=torch.float32).unsqueeze(1) / 16
train_images, test_images = images[:1300], images[1300:]


class ConvDAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, 12, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(12, 24, 3, padding=1), nn.ReLU())
        self.dec = nn.Sequential(nn.ConvTranspose2d(24, 12, 2, stride=2), nn.ReLU(), nn.Conv2d(12, 1, 3, padding=1))

    def forward(self, x):
        return torch.sigmoid(self.dec(self.enc(x)))


dae = ConvDAE()
opt = torch.optim.Adam(dae.parameters(), lr=3e-3)
for epoch in range(7):
    for img in DataLoader(train_images, batch_size=50, shuffle=True):
        noisy = (img + 0.3 * torch.randn_like(img)).clamp(0, 1)
        loss = nn.functional.binary_cross_entropy(dae(noisy), img)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print('epoch {} loss {:.4f}'.format(epoch, loss.item()))
with torch.no_grad():
    noisy = (test_images + 0.3 * torch.randn_like(test_images)).clamp(0, 1)
    mse = ((dae(noisy) - test_images) ** 2).mean()
print('metric:', 1 - (mse / test_images.var()).item())
