import random
import time
import torch
from torch import nn
from torch.utils.data import DataLoader

random.seed(215)
torch.manual_seed(215)
TOPICS = [["goal", "match", "team", "coach"], ["stock", "bank", "profit", "market"], ["star", "planet", "orbit", "telescope"], ["vote", "party", "law", "senate"]]
COMMON = ["the", "a", "of", "to", "new", "said", "year", "first", "more", "people"]
vocab = {w: i for i, w in enumerate(sum(TOPICS, []) + COMMON)}


def article():
    k = random.randrange(4)
    words = random.choices(TOPICS[k], k=2) + random.choices(COMMON, k=random.randint(4, 10)) + random.choices(random.choice(TOPICS), k=1)
    random.shuffle(words)
    return k, [vocab[w] for w in words]


def collate_batch(batch):
    labels, texts, offsets = [], [], [0]
    for k, ids in batch:
        labels.append(k)
        texts.extend(ids)
        offsets.append(len(ids))
    return torch.tensor(labels), torch.tensor(texts), torch.tensor(offsets[:-1]).cumsum(0)


class TextClassificationModel(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_class):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, embed_dim)
        self.fc = nn.Linear(embed_dim, num_class)
        self.embedding.weight.data.uniform_(-0.5, 0.5)
        self.fc.weight.data.uniform_(-0.5, 0.5)
        self.fc.bias.data.zero_()

    def forward(self, text, offsets):
        return self.fc(self.embedding(text, offsets))


model = TextClassificationModel(len(vocab), 16, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, gamma=0.3)
train = [article() for _ in range(900)]
test = [article() for _ in range(300)]
for epoch in range(6):
    model.train()
    for label, text, offsets in DataLoader(train, batch_size=16, shuffle=True, collate_fn=collate_batch):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(text, offsets), label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
    scheduler.step()
    print(epoch, loss.item())
model.eval()
with torch.no_grad():
    label, text, offsets = collate_batch(test)
    print('metric:', (model(text, offsets).argmax(1) == label).float().mean().item())
