import torch
from torch import nn, optim

torch.manual_seed(3)
# toy sentiment: sum of word scores, negation flips the next word
V, T = 60, 10
score = torch.randn(V)
NEG = 5
score[NEG] = 0


def batch_of(n):
    x = torch.randint(0, V, (n, T))
    x[torch.rand(n, T) < 0.15] = NEG
    s = score[x]
    flip = torch.cat([torch.zeros(n, 1, dtype=torch.bool), x[:, :-1] == NEG], 1)
    return x, (torch.where(flip, -s, s).sum(1) > 0).long()


class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, embedding_dim, hidden_dim, n_layers, bidirectional, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, n_layers, bidirectional=bidirectional, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(hidden_dim * 2, num_classes)

    def forward(self, text):
        _, (hidden, _) = self.lstm(self.embedding(text))
        hidden = torch.cat((hidden[-2], hidden[-1]), dim=1)
        return self.fc(self.dropout(hidden))


model = SentimentLSTM(V, 24, 32, 1, True, 2)
optimizer = optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
X, Y = batch_of(2500)
XV, YV = batch_of(500)
for epoch in range(6):
    model.train()
    for idx in torch.randperm(len(X)).split(50):
        optimizer.zero_grad()
        loss = criterion(model(X[idx]), Y[idx])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(XV).argmax(1) == YV).float().mean().item()
    print(f'Epoch {epoch + 1}: loss={loss.item():.3f} val_acc={acc:.3f}')
print('metric:', acc)
