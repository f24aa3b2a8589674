"""Linear-chain CRF with its own forward recursion; the loss is per sentence and therefore starts large."""

import torch
from torch import nn

torch.manual_seed(202)
TAGS, WORDS, LENGTH = 4, 24, 10
move = torch.distributions.Dirichlet(torch.full((TAGS,), 0.35)).sample((TAGS,))
emit = 0.85 * torch.distributions.Dirichlet(torch.full((WORDS,), 0.15)).sample((TAGS,)) + 0.15 / WORDS


def sentences(n):
    tags = [torch.randint(TAGS, (n,))]
    for _ in range(LENGTH - 1):
        tags.append(torch.multinomial(move[tags[-1]], 1).squeeze(1))
    tags = torch.stack(tags, 1)
    words = torch.multinomial(emit[tags.flatten()], 1).view(n, LENGTH)
    return words, tags


class CRF(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.embed = nn.Embedding(WORDS, dim)
        self.conv = nn.Conv1d(dim, 32, 3, padding=1)
        self.score = nn.Linear(32, TAGS)
        self.transition = nn.Parameter(torch.zeros(TAGS, TAGS))

    def unary(self, words):
        h = torch.relu(self.conv(self.embed(words).transpose(1, 2))).transpose(1, 2)
        return self.score(h)

    def negative_log_likelihood(self, words, tags):
        unary = self.unary(words)
        gold = unary.gather(2, tags[..., None]).sum((1, 2)) + self.transition[tags[:, :-1], tags[:, 1:]].sum(1)
        alpha = unary[:, 0]
        for t in range(1, LENGTH):
            alpha = torch.logsumexp(alpha[:, :, None] + self.transition, dim=1) + unary[:, t]
        return (torch.logsumexp(alpha, dim=1) - gold).mean()

    @torch.no_grad()
    def viterbi(self, words):
        unary = self.unary(words)
        best, back = unary[:, 0], []
        for t in range(1, LENGTH):
            value, where = (best[:, :, None] + self.transition).max(1)
            best = value + unary[:, t]
            back.append(where)
        path = [best.argmax(1)]
        for where in reversed(back):
            path.append(where.gather(1, path[-1][:, None]).squeeze(1))
        return torch.stack(path[::-1], 1)


words, tags = sentences(2000)
words_test, tags_test = sentences(400)
crf = CRF()
opt = torch.optim.Adam(crf.parameters(), lr=1e-2)
for epoch in range(9):
    for group in opt.param_groups:
        group["lr"] = 1e-2 * 0.7**epoch
    losses = []
    for rows in torch.randperm(len(words)).split(50):
        opt.zero_grad()
        loss = crf.negative_log_likelihood(words[rows], tags[rows])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    with torch.no_grad():
        held = crf.negative_log_likelihood(words_test, tags_test).item()
    print(f"epoch {epoch + 1}: {sum(losses) / len(losses):.3f} per sentence, held-out {held:.3f}")

print("metric:", (crf.viterbi(words_test) == tags_test).float().mean().item())
