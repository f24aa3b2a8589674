import torch
from torch import nn
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

torch.manual_seed(99)
X, y = make_classification(n_samples=1600, n_features=16, n_informative=10, n_redundant=2, n_classes=4,
                           n_clusters_per_class=2, class_sep=1.6, random_state=99)
X_train, X_test, y_train, y_test = train_test_split(
    torch.tensor(X, dtype=torch.float), torch.tensor(y), test_size=400, random_state=0)


class DeepNet(nn.Module):
    def __init__(self, depth=6, width=64):
        super().__init__()
        self.inp = nn.Linear(16, 32)
        self.blocks = [nn.Linear(32 if i == 0 else width, width) for i in range(depth)]
        self.out = nn.Linear(width, 4)

    def forward(self, x):
        x = torch.relu(self.inp(x))
        for b in self.blocks:
            x = torch.relu(b(x))
        return self.out(x)


model = DeepNet()
print(sum(p.numel() for p in model.parameters()), 'parameters')
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for epoch in range(15):
    for idx in torch.randperm(1200).chunk(20):
        loss = nn.functional.cross_entropy(model(X_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 4:
        print(epoch + 1, loss.item())
model.eval()
print('metric:', (model(X_test).argmax(-1) == y_test).float().mean().item())
