import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(23)

n_epochs = 15
batch_size_train = 32
learning_rate = 0.01
momentum = 0.5
log_interval = 10


class Shapes(Dataset):
    """5 classes of 1d signals: sine, square, saw, chirp, noise"""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        t = torch.linspace(0, 1, 64)
        self.y = torch.randint(0, 5, (n,), generator=g)
        f = 2 + 3 * torch.rand(n, 1, generator=g)
        ph = torch.rand(n, 1, generator=g)
        u = f * t + ph
        kinds = torch.stack([torch.sin(6.283 * u), torch.sign(torch.sin(6.283 * u)), 2 * (u % 1) - 1,
                             torch.sin(6.283 * u * t), torch.randn(n, 64, generator=g)], 1)
        self.x = kinds[torch.arange(n), self.y].unsqueeze(1) + 0.1 * torch.randn(n, 1, 64, generator=g)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv1d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv1d(10, 20, kernel_size=5)
        self.fc1 = nn.Linear(260, 50)
        self.fc2 = nn.Linear(50, 5)

    def forward(self, x):
        x = F.relu(F.max_pool1d(self.conv1(x), 2))
        x = F.relu(F.max_pool1d(self.conv2(x), 2))
        x = x.view(-1, 260)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


network = Net()
optimizer = torch.optim.SGD(network.parameters(), lr=learning_rate, momentum=momentum)
train_loader = DataLoader(Shapes(1000, 1), batch_size=batch_size_train, shuffle=True)
test = Shapes(400, 2)

for epoch in range(1, n_epochs + 1):
    network.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        optimizer.zero_grad()
        output = network(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        if batch_idx % log_interval == 0:
            print('Train Epoch: {} [{}/{}]\tLoss: {:.6f}'.format(
                epoch, batch_idx * len(data), len(train_loader.dataset), loss.item()))
network.eval()
with torch.no_grad():
    print('metric:', (network(test.x).argmax(1) == test.y).float().mean().item())
