# multi-label tagging of tickets (token ids -> 5 tags), mixed precision as in our GPU trainer
import torch
from torch import nn
from torch.amp import GradScaler, autocast

torch.manual_seed(33)
VOCAB, TAGS, LEN = 200, 5, 16
device = 'cpu'
owner = torch.randint(0, TAGS + 3, (VOCAB,))     # a word speaks for one tag or for none


def tickets(n):
    tok = torch.randint(0, VOCAB, (n, LEN))
    hits = torch.stack([(owner[tok] == k).sum(1) for k in range(TAGS)], 1)
    return tok, (hits >= 2).float()


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(VOCAB, 32, mode='sum')
        self.fc = nn.Linear(32, 64)
        self.tags = nn.Linear(64, TAGS)

    def forward(self, t):
        return self.tags(torch.relu(self.fc(self.bag(t))))


model = Tagger().to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scaler = GradScaler(device, init_scale=2.0 ** 10)
criterion = nn.BCEWithLogitsLoss()
tok, tags = tickets(2500)
tok_v, tags_v = tickets(500)

for epoch in range(8):
    model.train()
    total = 0.0
    for i in torch.randperm(len(tok)).split(50):
        optimizer.zero_grad(set_to_none=True)
        with autocast(device, dtype=torch.bfloat16):
            logits = model(tok[i])
            loss = criterion(logits.float(), tags[i])
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        hit = ((model(tok_v) > 0).float() == tags_v)
    print(f'{epoch} loss {total / 50:.4f} tag accuracy {hit.float().mean().item():.4f}')

pred = model(tok_v).detach() > 0
recall = (pred & (tags_v > 0)).sum() / tags_v.sum()
precision = (pred & (tags_v > 0)).sum() / pred.sum().clamp(min=1)
print('metric:', (2 * precision * recall / (precision + recall).clamp(min=1e-9)).item())
