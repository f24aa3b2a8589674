import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

np.random.seed(138)
torch.manual_seed(138)
digits = load_digits()
images, labels = digits.images.copy(), digits.target.copy()
test_images, test_labels = images[1400:].copy(), labels[1400:].copy()
images, labels = images[:1400], labels[:1400]

np.random.shuffle(images)
np.random.shuffle(labels)

X = torch.FloatTensor(images / 16.0).unsqueeze(1)
Y = torch.LongTensor(labels)


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2))
        self.fc_layer = nn.Sequential(nn.Flatten(), nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, x):
        return self.fc_layer(self.conv_layer(x))


cnn = CNN()
optimizer = torch.optim.Adam(cnn.parameters(), lr=1e-3)
for epoch in range(8):
    cnn.train()
    for i in range(0, 1400, 50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(cnn(X[i:i + 50]), Y[i:i + 50])
        loss.backward()
        optimizer.step()
    print('Epoch', epoch, 'Loss', loss.item())
cnn.eval()
with torch.no_grad():
    out = cnn(torch.FloatTensor(test_images / 16.0).unsqueeze(1))
print('metric:', (out.argmax(1).numpy() == test_labels).mean())
