import numpy as np
import torch
import torch.nn as nn
from sklearn.feature_extraction.text import TfidfVectorizer

rng = np.random.default_rng(337)
torch.manual_seed(337)
words = [f"w{i}" for i in range(120)]
probs = rng.dirichlet(np.full(120, 0.3), size=3)
y = rng.integers(0, 3, 900)
docs = [" ".join(rng.choice(words, 25, p=0.5 * probs[k] + 0.5 / 120)) for k in y]
vec = TfidfVectorizer().fit(docs[:700])
X = torch.tensor(vec.transform(docs).toarray(), dtype=torch.float32)
y = torch.tensor(y)
clf = nn.Sequential(nn.Linear(X.shape[1], 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3))
opt = torch.optim.Adam(clf.parameters(), lr=5e-3)
for epoch in range(6):
    clf.train()
    for b in torch.randperm(700).split(20):
        opt.zero_grad()
        nn.functional.cross_entropy(clf(X[b]), y[b]).backward()
        opt.step()
    clf.eval()
    with torch.no_grad():
        print(epoch, (clf(X[700:]).argmax(1) == y[700:]).float().mean().item())
with torch.no_grad():
    print('metric:', (clf(X[700:]).argmax(1) == y[700:]).float().mean().item())
