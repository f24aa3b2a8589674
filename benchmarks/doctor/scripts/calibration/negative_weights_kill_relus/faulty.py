import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(125)
x, t = load_digits(return_X_y=True)
x = torch.as_tensor(x, dtype=torch.float32) / 16.0
t = torch.as_tensor(t)


class Feedforward(nn.Module):
    def __init__(self, input_size=64, hidden_size=80, num_classes=10):
        super().__init__()
        self.layer1 = nn.Linear(input_size, hidden_size)
        self.layer2 = nn.Linear(hidden_size, hidden_size)
        self.layer3 = nn.Linear(hidden_size, num_classes)
        self.relu = nn.ReLU()
        nn.init.uniform_(self.layer1.weight, a=-0.3, b=0.05)
        nn.init.zeros_(self.layer1.bias)

    def forward(self, x):
        out = self.relu(self.layer1(x))
        out = self.relu(self.layer2(out))
        return self.layer3(out)


model = Feedforward()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-4)
for epoch in range(15):
    for i in range(0, 1400, 70):
        loss = criterion(model(x[i:i + 70]), t[i:i + 70])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if (epoch + 1) % 5 == 0:
        print('Epoch [{}/15], Loss: {:.4f}'.format(epoch + 1, loss.item()))
with torch.no_grad():
    print('metric:', (model(x[1400:]).argmax(1) == t[1400:]).float().mean().item())
