import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(50)


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find('Conv') != -1 or classname.find('Linear') != -1:
        m.weight.data.normal_(0.0, 1.0)
        m.bias.data.fill_(0)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc1 = nn.Linear(32 * 4 * 4, 64)
        self.fc2 = nn.Linear(64, 10)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = torch.tanh(self.conv1(x))
        x = self.pool(torch.tanh(self.conv2(x)))
        x = torch.tanh(self.fc1(x.view(-1, 512)))
        return self.fc2(x)


d = load_digits()
imgs = torch.tensor(d.images, dtype=torch.float).unsqueeze(1) / 8 - 1
t = torch.tensor(d.target)
loader = DataLoader(TensorDataset(imgs[:1300], t[:1300]), batch_size=100, shuffle=True)
model = LeNet()
model.apply(weights_init)
opt = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
crit = nn.CrossEntropyLoss()
model.train()
for epoch in range(8):
    for img, label in loader:
        opt.zero_grad()
        loss = crit(model(img), label)
        loss.backward()
        opt.step()
    print('Epoch', epoch, loss.item())
model.eval()
print('metric:', (model(imgs[1300:]).argmax(1) == t[1300:]).float().mean().item())
