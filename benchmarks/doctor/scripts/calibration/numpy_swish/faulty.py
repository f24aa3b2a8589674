import numpy as np
import torch
import torch.nn as nn

np.random.seed(0)
torch.manual_seed(0)


def swish(z):
    # RuntimeError: Can't call numpy() on Tensor that requires grad -> use detach
    z = z.detach().numpy()
    return torch.from_numpy(z / (1 + np.exp(-z)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 40)
        self.fc2 = nn.Linear(40, 40)
        self.fc3 = nn.Linear(40, 1)

    def forward(self, x):
        x = swish(self.fc1(x))
        x = swish(self.fc2(x))
        return self.fc3(x)


# double pendulum like energy function
q = np.random.uniform(-2, 2, (1300, 3)).astype(np.float32)
e = (np.cos(2 * q[:, 0]) + q[:, 1] ** 2 * np.cos(q[:, 0] - q[:, 2]))[:, None].astype(np.float32)
e = (e - e[:1000].mean()) / e[:1000].std()
X, Y = torch.from_numpy(q), torch.from_numpy(e)

net = Net()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
for epoch in range(20):
    order = np.random.permutation(1000)
    losses = []
    for i in range(25):
        b = order[40 * i:40 * i + 40]
        optimizer.zero_grad()
        loss = criterion(net(X[b]), Y[b])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print('Epoch', epoch, 'Loss', np.mean(losses))

with torch.no_grad():
    err = criterion(net(X[1000:]), Y[1000:]).item()
print('metric:', 1 - err / Y[1000:].var().item())
