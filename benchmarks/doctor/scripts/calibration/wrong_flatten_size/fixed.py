import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)


class CNN(nn.Module):
    def __init__(self):
        super(CNN, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.fc1 = nn.Linear(64 * 2 * 2, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


digits = load_digits()
X = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
Y = torch.tensor(digits.target)
cnn = CNN()
optimizer = torch.optim.Adam(cnn.parameters())
for epoch in range(5):
    for i in range(0, 1500, 50):
        optimizer.zero_grad()
        loss = F.cross_entropy(cnn(X[i:i + 50]), Y[i:i + 50])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
print('metric:', (cnn(X[1500:]).argmax(1) == Y[1500:]).float().mean().item())
