import argparse

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


def parse():
    p = argparse.ArgumentParser(description='full-batch gradient descent on small digits')
    p.add_argument('--base-lr', type=float, default=0.2)
    p.add_argument('--base-batch', type=int, default=64)
    p.add_argument('--momentum', type=float, default=0.9)
    p.add_argument('--steps', type=int, default=500)
    p.add_argument('--width', type=int, default=40)
    return p.parse_args([])


class TanhNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(64, width)
        self.fc2 = nn.Linear(width, width)
        self.fc3 = nn.Linear(width, 10)

    def forward(self, x):
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))


class FullBatchTrainer:
    def __init__(self, model, lr, momentum):
        self.model = model
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
        self.curve = []

    def run(self, x, y, steps):
        self.model.train()
        for step in range(steps):
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            self.curve.append(loss.item())
            if step % 50 == 0:
                print(f'{step:4d} {loss.item():.5f}')


args = parse()
torch.manual_seed(1)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 8.0 - 1.0, y, test_size=600, stratify=y, random_state=0)
X_train, X_test = torch.tensor(X_train).float(), torch.tensor(X_test).float()
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)
lr = args.base_lr
trainer = FullBatchTrainer(TanhNet(args.width), lr, args.momentum)
trainer.run(X_train, y_train, args.steps)
trainer.model.eval()
with torch.no_grad():
    print('metric:', (trainer.model(X_test).argmax(1) == y_test).float().mean().item())
