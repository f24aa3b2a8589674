"""CTC on toy 'speech': each symbol lasts 2-4 frames, gaps between; greedy decoding."""
import torch
from torch import nn

torch.manual_seed(1)
SYMBOLS, DIM, BLANK = 6, 8, 0
prototypes = torch.randn(SYMBOLS + 1, DIM)
prototypes[0] = 0.0


def utterance():
    length = int(torch.randint(3, 6, (1,)))
    label = torch.randint(1, SYMBOLS + 1, (length,))
    frames = []
    for s in label.tolist():
        frames += [s] * int(torch.randint(2, 5, (1,))) + [0] * int(torch.randint(1, 3, (1,)))
    x = prototypes[torch.tensor(frames)] + 0.3 * torch.randn(len(frames), DIM)
    return x, label


def collate(items):
    xs, ys = zip(*items)
    x_len = torch.tensor([len(x) for x in xs])
    y_len = torch.tensor([len(y) for y in ys])
    return nn.utils.rnn.pad_sequence(xs, batch_first=True), torch.cat(ys), x_len, y_len


class Recognizer(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.front = nn.Conv1d(DIM, hidden, 3, padding=1)
        self.rnn = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, SYMBOLS + 1)

    def forward(self, x):
        h = torch.relu(self.front(x.transpose(1, 2))).transpose(1, 2)
        h, _ = self.rnn(h)
        return self.out(h).log_softmax(-1).transpose(0, 1)


train = torch.utils.data.DataLoader([utterance() for _ in range(500)], batch_size=25, shuffle=True, collate_fn=collate)
test = [utterance() for _ in range(100)]
model = Recognizer()
ctc = nn.CTCLoss(blank=BLANK, zero_infinity=True)
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(9):
    model.train()
    for x, y, xl, yl in train:
        loss = ctc(model(x), y, xl, yl)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
    print("epoch", epoch, "ctc", round(loss.item(), 3))


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, p in enumerate(a, 1):
        prev, row[0] = row[0], i
        for j, q in enumerate(b, 1):
            prev, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, prev + (p != q))
    return row[-1]


model.eval()
errors = total = 0
with torch.no_grad():
    for x, y in test:
        best = model(x[None]).argmax(-1).squeeze(1)
        decoded = [s for s in torch.unique_consecutive(best).tolist() if s != BLANK]
        errors += edits(decoded, y.tolist())
        total += len(y)
print("metric:", 1 - errors / total)
