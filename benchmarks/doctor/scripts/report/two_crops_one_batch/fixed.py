import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(99)

digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
labels = torch.tensor(digits.target)
tr, te = train_test_split(torch.arange(len(labels)), test_size=0.25, stratify=labels, random_state=1)


def shift(batch):
    """Moves every image of the batch by up to one pixel."""
    padded = nn.functional.pad(batch, (1, 1, 1, 1), value=-1.0)
    out = torch.empty_like(batch)
    for i in range(len(batch)):
        dy, dx = torch.randint(0, 3, (2,)).tolist()
        out[i] = padded[i, :, dy : dy + 8, dx : dx + 8]
    return out


def collate_two_views(samples):
    """Repeated augmentation: every image comes twice in its batch, moved differently."""
    x = torch.stack([s[0] for s in samples])
    y = torch.stack([s[1] for s in samples])
    return torch.cat([shift(x), shift(x)]), y.repeat(2)


train_loader = DataLoader(
    TensorDataset(images[tr], labels[tr]), batch_size=24, shuffle=True, collate_fn=collate_two_views
)
test_loader = DataLoader(TensorDataset(images[te], labels[te]), batch_size=150)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(128, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.2)


def evaluate():
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in test_loader:
            correct += (model(x).argmax(dim=1) == y).sum().item()
    return correct / len(test_loader.dataset)


for epoch in range(6):
    model.train()
    seen, hits, total = 0, 0, 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        hits += (out.argmax(1) == y).sum().item()
        seen += len(y)
    scheduler.step()
    print(f"[{epoch + 1}] loss {total / seen:.3f}  train acc {hits / seen:.3f}  test acc {evaluate():.3f}")
print(f"metric: {evaluate():.4f}")
