# Which of the 4 "verbs" came last in the sentence? variable lengths, packed sequences
import random
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

random.seed(3)
torch.manual_seed(3)
PAD, VOCAB = 0, 30          # 1..4 verbs, 5..29 filler


def sentence():
    n = random.randint(4, 22)
    toks = [random.randint(5, VOCAB - 1) for _ in range(n)]
    for pos in random.sample(range(n), k=min(n, random.randint(1, 4))):
        toks[pos] = random.randint(1, 4)
    last = [t for t in toks if t <= 4][-1]
    return torch.tensor(toks), last - 1


def batches(data, size, shuffle=True):
    order = list(range(len(data)))
    if shuffle:
        random.shuffle(order)
    for k in range(0, len(order), size):
        rows = [data[i] for i in order[k:k + size]]
        lengths = torch.tensor([len(r[0]) for r in rows])
        yield pad_sequence([r[0] for r in rows], batch_first=True, padding_value=PAD), lengths, torch.tensor([r[1] for r in rows])


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, 16, padding_idx=PAD)
        self.lstm = nn.LSTM(16, 40, batch_first=True)
        self.fc = nn.Linear(40, 4)
        with torch.no_grad():       # remember by default
            self.lstm.bias_ih_l0[40:80] = 1.0
            self.lstm.bias_hh_l0[40:80] = 0.0

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.emb(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.fc(h[-1])


train_set = [sentence() for _ in range(1200)]
test_set = [sentence() for _ in range(400)]
model = Tagger()
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
lossf = nn.CrossEntropyLoss()
for epoch in range(9):
    seen = 0.0
    for tok, lens, target in batches(train_set, 50):
        loss = lossf(model(tok, lens), target)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        seen += loss.item() * len(target)
    for pg in opt.param_groups:
        pg["lr"] *= 0.85
    print(f"epoch {epoch}: {seen / len(train_set):.4f}")
right = 0
model.eval()
with torch.no_grad():
    for tok, lens, target in batches(test_set, 100, shuffle=False):
        right += (model(tok, lens).argmax(1) == target).sum().item()
print("metric:", right / len(test_set))
