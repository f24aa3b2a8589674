from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
import torch, torch.nn as nn

torch.manual_seed(7)
wine = load_wine()
x_tr, x_te, y_tr, y_te = train_test_split(wine.data, wine.target, test_size=0.3, stratify=wine.target, random_state=7)
x_tr, x_te = torch.Tensor(x_tr), torch.Tensor(x_te)
y_tr, y_te = torch.LongTensor(y_tr), torch.LongTensor(y_te)

class WineNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.input = nn.Linear(13, 20)
        self.hidden = nn.Linear(20, 20)
        self.output = nn.Linear(20, 3)
    def forward(self, x):
        x = torch.relu(self.input(x))
        x = torch.relu(self.hidden(x))
        return self.output(x)

model = WineNet()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
epochs = 200
for epoch in range(epochs):
    optimizer.zero_grad()
    out = model(x_tr)
    loss = criterion(out, y_tr)
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 40 == 0:
        acc = (out.argmax(1) == y_tr).float().mean()
        print(f'Epoch {epoch+1}/{epochs} loss {loss.item():.4f} acc {acc:.3f}')

model.eval()
with torch.no_grad():
    print('metric:', (model(x_te).argmax(1) == y_te).float().mean().item())
