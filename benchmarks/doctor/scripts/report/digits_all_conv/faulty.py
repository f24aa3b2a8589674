"""A fully convolutional network for the 8x8 digits: no dense layer but the last."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def conv(n_in, n_out, kernel_size=1):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel_size, padding="same", bias=False), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True)
    )


class AllConv(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(conv(1, 12), conv(12, 16), nn.MaxPool2d(2), conv(16, 32))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, classes)

    def forward(self, x):
        x = self.features(x)
        x = self.pool(x).flatten(1)
        return self.fc(x)


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    hits = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return hits / len(loader.dataset)


torch.manual_seed(14)
data = load_digits()
images = torch.tensor(data.images / 8.0 - 1.0, dtype=torch.float32).unsqueeze(1)
full = TensorDataset(images, torch.tensor(data.target))
train_set, test_set = random_split(full, [1400, len(full) - 1400])
train_loader = DataLoader(train_set, batch_size=70, shuffle=True)
test_loader = DataLoader(test_set, batch_size=200)

model = AllConv()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(9):
    model.train()
    for x, y in train_loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: last loss {loss.item():.3f}, held-out accuracy {accuracy(model, test_loader):.3f}")
print("metric:", accuracy(model, test_loader))
