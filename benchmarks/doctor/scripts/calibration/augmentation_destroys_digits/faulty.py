import torch
import torch.nn as nn
import numpy as np
from torch.utils.data import Dataset, DataLoader
from sklearn.datasets import load_digits

torch.manual_seed(24)
np.random.seed(24)


class Digits(Dataset):
    def __init__(self, images, labels, augment=False):
        self.images, self.labels, self.augment = images, labels, augment

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        img = self.images[i].copy()
        if self.augment:
            img = np.rot90(img, np.random.randint(4))            # rotation
            if np.random.rand() < 0.5:
                img = img[::-1]                                    # flips
            img = np.roll(img, np.random.randint(-4, 5, 2), (0, 1))    # shifts
            r, c = np.random.randint(0, 4, 2)
            img = img.copy()
            img[r:r + 5, c:c + 5] = 0                                # cutout
        return torch.tensor(np.ascontiguousarray(img)[None], dtype=torch.float32), int(self.labels[i])


d = load_digits()
images = d.images / 16
train_loader = DataLoader(Digits(images[:1300], d.target[:1300], augment=True), batch_size=50, shuffle=True)
test_loader = DataLoader(Digits(images[1300:], d.target[1300:]), batch_size=500)
cnn = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1),
                    nn.ReLU(), nn.Flatten(), nn.Linear(512, 10))
opt = torch.optim.Adam(cnn.parameters(), lr=2e-3)
for epoch in range(8):
    cnn.train()
    for xb, yb in train_loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(cnn(xb), yb)
        loss.backward()
        opt.step()
    cnn.eval()
    with torch.no_grad():
        xb, yb = next(iter(test_loader))
        acc = (cnn(xb).argmax(1) == yb).float().mean().item()
    print(f'Epoch {epoch}: train loss {loss.item():.3f}, test acc {acc:.3f}')
print('metric:', acc)
