import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


class Patience:
    """Stops the run when the monitored figure has not improved for `limit` epochs."""

    def __init__(self, limit=4):
        self.limit = limit
        self.best = None
        self.waited = 0

    def improved(self, figure):
        return self.best is None or figure > self.best

    def __call__(self, figure):
        if self.improved(figure):
            self.best = figure
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.limit


class DigitConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(24 * 4, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.fc(x.flatten(1))


class Experiment:
    def __init__(self, lr=0.02, batch_size=40, max_epochs=40):
        torch.manual_seed(23)
        X, y = load_digits(return_X_y=True)
        X = X.reshape(-1, 1, 8, 8) / 16.0
        X_train, X_rest, y_train, y_rest = train_test_split(X, y, train_size=1000, random_state=0, stratify=y)
        X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.5, random_state=0, stratify=y_rest)
        wrap = lambda a, b: TensorDataset(torch.tensor(a, dtype=torch.float32), torch.tensor(b))
        self.train_loader = DataLoader(wrap(X_train, y_train), batch_size=batch_size, shuffle=True)
        self.val_loader = DataLoader(wrap(X_val, y_val), batch_size=400)
        self.test_loader = DataLoader(wrap(X_test, y_test), batch_size=400)
        self.model = DigitConv()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.8)
        self.criterion = nn.CrossEntropyLoss()
        self.max_epochs = max_epochs
        self.patience = Patience()

    def accuracy(self, loader):
        self.model.eval()
        with torch.no_grad():
            return sum((self.model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)

    def train_epoch(self):
        self.model.train()
        for x, y in self.train_loader:
            self.optimizer.zero_grad()
            self.criterion(self.model(x), y).backward()
            self.optimizer.step()

    def run(self):
        for epoch in range(self.max_epochs):
            self.train_epoch()
            val_acc = self.accuracy(self.val_loader)
            print(f'epoch {epoch}: val acc {val_acc:.3f}')
            if self.patience(val_acc):
                print('early stop')
                break
        return self.accuracy(self.test_loader)


print('metric:', Experiment().run())
