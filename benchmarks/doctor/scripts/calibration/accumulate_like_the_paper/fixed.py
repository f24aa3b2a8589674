import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Subset, Dataset


class Digits(Dataset):
    def __init__(self):
        bunch = load_digits()
        self.images = torch.tensor(bunch.images, dtype=torch.float32).unsqueeze(1) / 8.0 - 1.0
        self.targets = torch.tensor(bunch.target)

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, i):
        return self.images[i], self.targets[i]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.GroupNorm(4, 32), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
        )
        self.classifier = nn.Linear(128, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Trainer:
    def __init__(self, model, train_set, test_set, lr=0.03, batch_size=16, accumulate=2, epochs=8):
        self.model, self.accumulate, self.epochs = model, accumulate, epochs
        self.train_loader = DataLoader(train_set, batch_size=batch_size, shuffle=True, drop_last=True)
        self.test_loader = DataLoader(test_set, batch_size=120)
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
        self.criterion = nn.CrossEntropyLoss()

    def fit(self):
        micro = 0
        for epoch in range(self.epochs):
            self.model.train()
            total = 0.0
            for images, targets in self.train_loader:
                loss = self.criterion(self.model(images), targets)
                (loss / self.accumulate).backward()
                micro += 1
                if micro % self.accumulate == 0:
                    self.optimizer.step()
                    self.optimizer.zero_grad()
                total += loss.item()
            print(f"epoch {epoch + 1}: loss {total / len(self.train_loader):.4f}, accuracy {self.evaluate():.4f}")

    @torch.no_grad()
    def evaluate(self):
        self.model.eval()
        hits = sum((self.model(x).argmax(1) == y).sum().item() for x, y in self.test_loader)
        return hits / len(self.test_loader.dataset)


torch.manual_seed(17)
digits = Digits()
perm = torch.randperm(len(digits)).tolist()
trainer = Trainer(Net(), Subset(digits, perm[:1440]), Subset(digits, perm[1440:]), accumulate=2)
trainer.fit()
print("metric:", trainer.evaluate())
