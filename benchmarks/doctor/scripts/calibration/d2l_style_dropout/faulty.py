# %% Dropout from scratch (following the book)
import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(9)

# %%
def dropout_layer(X, dropout):
    assert 0 <= dropout < 1
    mask = (torch.rand(X.shape) < dropout).float()
    return mask * X / (1.0 - dropout)

# %%
class Net(nn.Module):
    def __init__(self, num_inputs, num_outputs, num_hiddens1, num_hiddens2, p1=0.1, p2=0.2):
        super().__init__()
        self.lin1 = nn.Linear(num_inputs, num_hiddens1)
        self.lin2 = nn.Linear(num_hiddens1, num_hiddens2)
        self.lin3 = nn.Linear(num_hiddens2, num_outputs)
        self.relu = nn.ReLU()
        self.p1, self.p2 = p1, p2

    def forward(self, X):
        H1 = self.relu(self.lin1(X))
        if self.training:
            H1 = dropout_layer(H1, self.p1)
        H2 = self.relu(self.lin2(H1))
        if self.training:
            H2 = dropout_layer(H2, self.p2)
        return self.lin3(H2)

# %%
d = load_digits()
order = torch.randperm(1797)
X = (torch.tensor(d.data, dtype=torch.float32) / 16)[order]
y = torch.tensor(d.target)[order]
mean, std = X[:1300].mean(), X[:1300].std()
X = (X - mean) / std
train_iter = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X[:1300], y[:1300]), batch_size=65, shuffle=True)

# %%
net = Net(64, 10, 64, 64)
loss = nn.CrossEntropyLoss()
trainer = torch.optim.SGD(net.parameters(), lr=0.2)
for epoch in range(12):
    net.train()
    for Xb, yb in train_iter:
        trainer.zero_grad()
        l = loss(net(Xb), yb)
        l.backward()
        trainer.step()
    net.eval()
    with torch.no_grad():
        test_acc = (net(X[1300:]).argmax(1) == y[1300:]).float().mean().item()
    print(f'epoch {epoch + 1}, loss {l.item():.3f}, test acc {test_acc:.3f}')
# %%
print('metric:', test_acc)
