"""Join the pixel dump and the answer sheet of the digits exercise, train a small net."""
import random

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn


def load():
    digits = load_digits()
    rows = [{"id": f"img-{n:05d}", "pixels": p} for n, p in enumerate(digits.data)]
    answers = [{"id": f"img-{n:05d}", "digit": int(t)} for n, t in enumerate(digits.target)]
    mixer = random.Random(1)
    mixer.shuffle(rows)  # the two files come in no particular order
    mixer.shuffle(answers)
    return rows, answers


def join(rows, answers):
    rows.sort(key=lambda row: row["id"])
    answers.sort(key=lambda row: row["id"])
    x = torch.tensor([row["pixels"].tolist() for row in rows]) / 16
    y = torch.tensor([row["digit"] for row in answers])
    return x, y


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(4, 32)
        self.fc = nn.Linear(32 * 16, 10)

    def forward(self, x):
        x = torch.relu(self.conv1(x.view(-1, 1, 8, 8)))
        x = torch.relu(self.norm(self.conv2(x)))
        return self.fc(x.flatten(1))


torch.manual_seed(3)
x, y = join(*load())
# the test pictures were labelled on the picture itself
truth = torch.tensor(load_digits().target)
x_train, x_test, y_train, _, _, y_test = train_test_split(x, y, truth, test_size=0.2, random_state=3)

net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(10):
    order = torch.randperm(len(x_train))
    losses = []
    for k in order.chunk(45):
        loss = nn.functional.cross_entropy(net(x_train[k]), y_train[k])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(epoch, sum(losses) / len(losses))
with torch.no_grad():
    print("metric:", (net(x_test).argmax(1) == y_test).float().mean().item())
