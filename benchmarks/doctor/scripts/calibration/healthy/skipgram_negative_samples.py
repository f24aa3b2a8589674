"""word2vec (skip-gram, negative sampling) on text of 8 topics; judged by whether the nearest word shares the topic."""
import torch
import torch.nn.functional as F

torch.manual_seed(33)
TOPICS, PER = 8, 15
V = TOPICS * PER


def text(n_sent, length=10):
    topic = torch.randint(TOPICS, (n_sent, 1))
    inside = topic * PER + torch.randint(PER, (n_sent, length))
    anywhere = torch.randint(V, (n_sent, length))
    return torch.where(torch.rand(n_sent, length) < 0.75, inside, anywhere)


def pairs(sents, window=2):
    out = []
    for off in range(1, window + 1):
        a, b = sents[:, :-off].flatten(), sents[:, off:].flatten()
        out += [torch.stack([a, b], 1), torch.stack([b, a], 1)]
    return torch.cat(out)


train, held = pairs(text(1500)), pairs(text(300))
centre = torch.nn.Embedding(V, 16)
context = torch.nn.Embedding(V, 16)
torch.nn.init.uniform_(centre.weight, -0.03, 0.03)
torch.nn.init.zeros_(context.weight)             # as in the original C code
opt = torch.optim.Adam([centre.weight, context.weight], lr=0.01)


def sgns(p, k=5):
    c = centre(p[:, 0])
    pos = (c * context(p[:, 1])).sum(1)
    neg = torch.einsum('bd,bkd->bk', c, context(torch.randint(V, (len(p), k))))
    return -(F.logsigmoid(pos) + F.logsigmoid(-neg).sum(1)).mean()


for epoch in range(3):
    tot = n = 0
    for i in torch.randperm(len(train)).split(256):
        loss = sgns(train[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot, n = tot + loss.item(), n + 1
    with torch.no_grad():
        print(f'epoch {epoch}: train {tot / n:.4f} held out {sgns(held).item():.4f}')

w = F.normalize(centre.weight.detach(), dim=1)
sim = w @ w.T
sim.fill_diagonal_(-1)
print('metric:', (sim.argmax(1) // PER == torch.arange(V) // PER).float().mean().item())
