import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(12)
U, I, K = 80, 60, 4

# ratings 1 ... 10
taste, style = torch.randn(U, 2), torch.randn(I, 2)
quality, mood = 1.2 * torch.randn(I), 0.8 * torch.randn(U)
score = 6.0 + 1.2 * taste @ style.T + quality + mood.unsqueeze(1) + 0.4 * torch.randn(U, I)
score = score.round().clamp(1, 10)
u, i = torch.where(torch.rand(U, I) < 0.7)
data = TensorDataset(u, i, score[u, i])
n_test = len(data) // 5
train, test = random_split(data, [len(data) - n_test, n_test])


class Recommender(nn.Module):
    def __init__(self, y_range=(0, 5)):
        super().__init__()
        self.y_range = y_range
        self.user = nn.Embedding(U, K)
        self.item = nn.Embedding(I, K)
        self.user_bias = nn.Embedding(U, 1)
        self.item_bias = nn.Embedding(I, 1)
        for e in [self.user, self.item, self.user_bias, self.item_bias]:
            nn.init.normal_(e.weight, 0, 0.1)

    def forward(self, u, i):
        dot = (self.user(u) * self.item(i)).sum(1) + self.user_bias(u)[:, 0] + self.item_bias(i)[:, 0]
        low, high = self.y_range
        return torch.sigmoid(dot) * (high - low) + low


model = Recommender()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-5)
loader = DataLoader(train, batch_size=64, shuffle=True)
for epoch in range(19):
    total = 0
    for a, b, r in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(a, b), r)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print('epoch', epoch, 'mse', total / len(loader))

with torch.no_grad():
    a, b, r = test[:]
    mse = nn.functional.mse_loss(model(a, b), r)
    print('metric:', max((1 - mse / r.var()).item(), -9.0))
