import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(23)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 16, kernel_size=3)
        self.conv2 = nn.Conv2d(16, 24, kernel_size=3)
        self.fc1 = nn.Linear(96, 48)
        self.fc2 = nn.Linear(48, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = x.view(-1, 96)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, p=0.4)
        return F.log_softmax(self.fc2(x), dim=1)


digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
labels = torch.tensor(digits.target)
shuffle = torch.randperm(len(labels))
train_set = TensorDataset(images[shuffle[:1280]], labels[shuffle[:1280]])
test_set = TensorDataset(images[shuffle[1280:]], labels[shuffle[1280:]])
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
test_loader = DataLoader(test_set, batch_size=200)

network = Net()
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)


def train(epoch):
    network.train()
    for data, target in train_loader:
        optimizer.zero_grad()
        loss = F.nll_loss(network(data), target)
        loss.backward()
        optimizer.step()
    print('Train Epoch: {}  Loss: {:.6f}'.format(epoch, loss.item()))


def test():
    network.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for data, target in test_loader:
            output = network(data)
            test_loss += F.nll_loss(output, target, reduction='sum').item()
            correct += (output.argmax(1) == target).sum().item()
    print('Test set: avg. loss: {:.4f}, accuracy {}/{}'.format(test_loss / len(test_set), correct, len(test_set)))
    return correct / len(test_set)


for epoch in range(1, 12):
    train(epoch)
    accuracy = test()
print('metric:', accuracy)
