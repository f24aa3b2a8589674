import random
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence, pack_padded_sequence

random.seed(4)
torch.manual_seed(4)
POS = ["good", "great", "nice", "love", "superb"]
NEG = ["bad", "awful", "poor", "hate", "boring"]
FILL = ["the", "movie", "was", "a", "film", "plot", "and", "actor", "really"]
vocab = {w: i + 1 for i, w in enumerate(POS + NEG + FILL)}


def sentence():
    lab = random.randint(0, 1)
    words = [random.choice(FILL) for _ in range(random.randint(3, 10))]
    for _ in range(2):
        words.insert(random.randrange(len(words)), random.choice(POS if lab else NEG))
    return torch.tensor([vocab[w] for w in words]), lab


class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, emb=16, hidden=24):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, emb, padding_idx=0)
        self.lstm = nn.LSTM(emb, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, text, lengths):
        packed = pack_padded_sequence(self.embedding(text), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.fc(h[-1]).squeeze(1)


def collate(items):
    return pad_sequence([t for t, _ in items], batch_first=True), torch.tensor([len(t) for t, _ in items]), torch.tensor([float(l) for _, l in items])


train = [sentence() for _ in range(600)]
test = [sentence() for _ in range(200)]
loader = torch.utils.data.DataLoader(train, batch_size=30, shuffle=True, collate_fn=collate)
model = SentimentLSTM(len(vocab) + 1)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(6):
    for text, lengths, label in loader:
        optimizer.zero_grad()
        loss = criterion(model(text, lengths), label)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
with torch.no_grad():
    t, n, l = collate(test)
    print('metric:', ((model(t, n) > 0) == l.bool()).float().mean().item())
