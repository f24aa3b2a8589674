# Text classification with a CNN (Kim 2014), four desks of a newspaper
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(1)
np.random.seed(1)
DESKS = ["politics", "sports", "science", "culture"]
VOCAB, MAX_LEN = 500, 14
pairs = np.random.randint(100, VOCAB, (len(DESKS), 12, 2))


class Headlines(Dataset):
    def __init__(self, n):
        self.labels = np.random.randint(0, len(DESKS), n)
        self.texts = np.random.randint(2, VOCAB, (n, MAX_LEN))
        for text, label in zip(self.texts, self.labels):
            for start in np.random.choice([0, 3, 6], 2, replace=False):
                text[start : start + 2] = pairs[label][np.random.randint(12)]
            text[np.random.randint(9, MAX_LEN + 1) :] = 0

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.tensor(self.texts[i]), torch.tensor(self.labels[i])


class KimCNN(nn.Module):
    def __init__(self, embed_dim=24, n_filters=24, sizes=(2, 3, 4)):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, embed_dim, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv1d(embed_dim, n_filters, s) for s in sizes])
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(n_filters * len(sizes), len(DESKS))

    def forward(self, text):
        x = self.embedding(text).permute(0, 2, 1)
        x = torch.cat([F.relu(conv(x)).max(dim=2).values for conv in self.convs], dim=1)
        return self.fc(self.dropout(x))


def accuracy(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for text, label in loader:
            hits += (model(text).argmax(1) == label).sum().item()
    return hits / len(loader.dataset)


train_loader = DataLoader(Headlines(1600), batch_size=32, shuffle=True)
test_loader = DataLoader(Headlines(400), batch_size=100)
model = KimCNN()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(12):
    model.train()
    total_loss = 0
    for text, label in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(text), label)
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
    print(
        f"Epoch {epoch + 1}: loss = {total_loss / len(train_loader):.3f}, test acc = {accuracy(model, test_loader):.3f}"
    )
print("metric:", accuracy(model, test_loader))
