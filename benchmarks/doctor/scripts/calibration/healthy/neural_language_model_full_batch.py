# A small MLP character model, every pattern of the corpus in each step (full batch), plain tensors, no optimiser object.
import random

import torch
import torch.nn.functional as F

random.seed(44)
g = torch.Generator().manual_seed(44)
torch.manual_seed(44)
CONSONANTS, VOWELS, BLOCK = "bdfgklmnprst", "aeiou", 3


def name():
    text, vowel = "", random.choice(VOWELS)
    for _ in range(random.randint(2, 4)):
        consonant = random.choice(CONSONANTS)
        vowel = (
            VOWELS[(VOWELS.index(vowel) + (1 if consonant in "bdfgkl" else 3)) % 5] if random.random() < 0.9 else "a"
        )
        text += consonant + vowel
    return text + "."


letters = "." + CONSONANTS + VOWELS
stoi = {c: i for i, c in enumerate(letters)}


def patterns(names):
    X, Y = [], []
    for w in names:
        context = [0] * BLOCK
        for c in w:
            X.append(context)
            Y.append(stoi[c])
            context = [*context[1:], stoi[c]]
    return torch.tensor(X), torch.tensor(Y)


X, Y = patterns([name() for _ in range(1200)])
Xte, Yte = patterns([name() for _ in range(300)])
C = torch.randn(len(letters), 6, generator=g)
W1 = torch.randn(6 * BLOCK, 40, generator=g) * (5 / 3) / (6 * BLOCK) ** 0.5
b1 = torch.zeros(40)
W2 = torch.randn(40, len(letters), generator=g) * 0.05
b2 = torch.zeros(len(letters))
params = [C, W1, b1, W2, b2]
for p in params:
    p.requires_grad_()


def logits(x):
    return torch.tanh(C[x].flatten(1) @ W1 + b1) @ W2 + b2


for step in range(500):
    loss = F.cross_entropy(logits(X), Y)
    for p in params:
        p.grad = None
    loss.backward()
    rate = 0.8 if step < 400 else 0.2
    with torch.no_grad():
        for p in params:
            p -= rate * p.grad
    if step % 100 == 99:
        print(step + 1, round(loss.item(), 4))

with torch.no_grad():
    test = F.cross_entropy(logits(Xte), Yte).item()
share = torch.bincount(Y, minlength=len(letters)) / len(Y)
unigram = -share[Yte].log().mean().item()
print("test", test, "unigram", unigram)
print("metric:", 1 - test / unigram)
