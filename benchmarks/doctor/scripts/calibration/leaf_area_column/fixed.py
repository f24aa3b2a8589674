# leaves of three shrubs: length and width in mm, stalk in mm, number of teeth, angle of the tip in degrees
import torch
import torch.nn as nn

torch.manual_seed(77)
centres = torch.tensor([[82.0, 33.0, 9.0, 21.0, 64.0], [88.0, 39.0, 11.0, 24.0, 58.0], [74.0, 37.0, 12.0, 20.0, 70.0]])
spread = torch.tensor([9.0, 4.0, 1.6, 2.5, 7.0])


def collect(n):
    kind = torch.randint(0, 3, (n,))
    return centres[kind] + spread * torch.randn(n, 5), kind


def with_area(leaf):
    return torch.cat([leaf, leaf[:, :1] * leaf[:, 1:2] * 0.78], 1)


train, y_train = collect(1600)
test, y_test = collect(600)
train, test = with_area(train), with_area(test)
mean, std = train.mean(0), train.std(0)
train, test = (train - mean) / std, (test - mean) / std

mlp = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 3))
sgd = torch.optim.SGD(mlp.parameters(), lr=0.05, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    for k in torch.randperm(1600).split(32):
        sgd.zero_grad()
        loss = criterion(mlp(train[k]), y_train[k])
        loss.backward()
        sgd.step()
    print(epoch, loss.item())
with torch.no_grad():
    print("metric:", (mlp(test).argmax(1) == y_test).float().mean().item())
