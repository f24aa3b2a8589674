import torch
import torch.nn as nn

torch.manual_seed(144)
# which of two motifs occurs in a noisy sequence?
T, F_IN = 15, 4
motif = torch.randn(2, 5, F_IN) * 1.5


def make(n):
    x = torch.randn(n, T, F_IN)
    y = torch.randint(0, 2, (n,))
    for i in range(n):
        p = int(torch.randint(0, T - 5, (1,)))
        x[i, p:p + 5] += motif[y[i]]
    return x, y


class SeqClassifier(nn.Module):
    def __init__(self, input_dim, hidden_dim, n_layers, n_classes):
        super().__init__()
        self.lstm = nn.LSTM(input_dim, hidden_dim, n_layers, batch_first=True)
        self.fc = nn.Linear(hidden_dim, n_classes)

    def forward(self, x):
        out, (hn, cn) = self.lstm(x)
        return self.fc(out[:, -1, :])


X, Y = make(800)
Xt, Yt = make(250)
model = SeqClassifier(F_IN, 32, 1, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(8):
    for i in torch.randperm(800).split(32):
        loss = loss_fn(model(X[i]), Y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f'Epoch: {epoch}, loss: {loss.item():.5f}')
with torch.no_grad():
    hits = sum(int(model(Xt[k:k + 1]).argmax(1)[0] == Yt[k]) for k in range(250))
print('metric:', hits / 250)
