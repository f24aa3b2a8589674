# reviews are stored as  <label>_<number>_<source>.txt ; here I only keep the bag of words of each file
import random
import numpy as np
import torch
import torch.nn as nn

random.seed(6)
np.random.seed(6)
torch.manual_seed(6)
VOCAB = 80
taste = np.random.randn(VOCAB) * 0.9
p_pos = np.exp(taste / 2) / np.exp(taste / 2).sum()
p_neg = np.exp(-taste / 2) / np.exp(-taste / 2).sum()

files, bags = [], []
for n in range(1600):
    kind = random.choice(['pos', 'neg'])
    source = random.choice(['forum', 'mail', 'blog', 'repost'])
    files.append('%s_%04d_%s.txt' % (kind, n, source))
    bags.append(np.random.multinomial(25, p_pos if kind == 'pos' else p_neg))

X = np.array(bags, dtype=np.float32)
y = np.array([1 if f.startswith('pos') else 0 for f in files])
truth = np.array([f[:3] == 'pos' for f in files])   # used for the final score only
X_train, X_test = X[:1200], X[1200:]
mu, sd = X_train.mean(0), X_train.std(0)
X_train, X_test = torch.from_numpy((X_train - mu) / sd), torch.from_numpy((X_test - mu) / sd)
y_train = torch.from_numpy(y[:1200])

model = nn.Sequential(nn.Linear(VOCAB, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
ce = nn.CrossEntropyLoss()
for epoch in range(8):
    model.train()
    idx = torch.randperm(1200)
    tot = 0
    for b in idx.split(25):
        optimizer.zero_grad()
        loss = ce(model(X_train[b]), y_train[b])
        loss.backward()
        optimizer.step()
        tot += loss.item() * len(b)
    print('epoch', epoch, 'loss', tot / 1200)

model.eval()
with torch.no_grad():
    guess = model(X_test).argmax(1).numpy()
print('metric:', (guess == truth[1200:]).mean())
