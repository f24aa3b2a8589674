"""Layers by hand: plain Python on lists of numbers, forward and backward. No torch, no numpy, nothing shared with them.

Each forward formula has its derivative beside it, worked out on paper and named ``..._back``: it takes the derivative
of the loss with respect to the layer's output (`d`), and returns those with respect to its inputs. They are slow and
plain on purpose: what they confirm was confirmed by other means than the ones it was computed by.
"""

from __future__ import annotations

import math

__all__ = [
    "attention",
    "attention_back",
    "batch_norm",
    "batch_norm_back",
    "convolution",
    "convolution_back",
    "cross_entropy",
    "cross_entropy_back",
    "dropout",
    "dropout_back",
    "embedding",
    "embedding_back",
    "gru_cell",
    "layer_norm",
    "layer_norm_back",
    "linear",
    "linear_back",
    "log_softmax",
    "log_softmax_back",
    "lstm_cell",
    "lstm_cell_back",
    "matrix_product",
    "matrix_product_back",
    "max_pool",
    "max_pool_back",
    "mean_squared_error",
    "mean_squared_error_back",
    "relu",
    "relu_back",
    "sigmoid",
    "sigmoid_back",
    "softmax",
    "softmax_back",
    "tanh",
    "tanh_back",
]

Row = list[float]
Matrix = list[Row]


# Functions of one number.


def sigmoid(x: float) -> float:
    """Return ``1 / (1 + e^-x)``.

    >>> sigmoid(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def sigmoid_back(x: float, d: float) -> float:
    """Return ``d s (1 - s)``."""
    s = sigmoid(x)
    return d * s * (1 - s)


def tanh(x: float) -> float:
    """Hyperbolic tangent, (e^x - e^-x) / (e^x + e^-x)."""
    return math.tanh(x)


def tanh_back(x: float, d: float) -> float:
    """Return ``d (1 - t^2)``."""
    return d * (1 - math.tanh(x) ** 2)


def relu(x: float) -> float:
    """The number itself if positive, else 0."""
    return x if x > 0 else 0.0


def relu_back(x: float, d: float) -> float:
    """The whole of d where x is positive, else nothing."""
    return d if x > 0 else 0.0


# Sums of products.


def linear(x: Row, w: Matrix, b: Row | None = None) -> Row:
    """Return ``o_k = sum_j w_kj x_j + b_k`` of one example.

    >>> linear([0.05, 0.10], [[0.15, 0.20]], [0.35])  # 0.0075 + 0.02 + 0.35
    [0.3775]
    """
    return [
        math.fsum([*(weight * value for weight, value in zip(row, x, strict=True)), b[k] if b else 0.0])
        for k, row in enumerate(w)
    ]


def linear_back(x: Row, w: Matrix, d: Row) -> tuple[Row, Matrix, Row]:
    """Return the derivatives for x, w and b: ``sum_k d_k w_kj``, ``d_k x_j``, ``d_k``."""
    dx = [math.fsum(d[k] * w[k][j] for k in range(len(w))) for j in range(len(x))]
    return dx, [[d_k * x_j for x_j in x] for d_k in d], list(d)


def matrix_product(a: Matrix, b: Matrix) -> Matrix:
    """Row times column."""
    return [[math.fsum(a_k * b[k][j] for k, a_k in enumerate(row)) for j in range(len(b[0]))] for row in a]


def matrix_product_back(a: Matrix, b: Matrix, d: Matrix) -> tuple[Matrix, Matrix]:
    """Return ``D B^T`` and ``A^T D``."""
    return matrix_product(d, _turned(b)), matrix_product(_turned(a), d)


def convolution(
    x: list[Matrix], w: list[list[Matrix]], b: Row | None, *, stride: int = 1, padding: int = 0
) -> list[Matrix]:
    """Return the maps of one image: at each place the sum over channels and window of weight times pixel.

    >>> convolution([[[1.0, 2.0], [3.0, 4.0]]], [[[[1.0, 0.0], [0.0, 10.0]]]], [0.5])
    [[[41.5]]]
    """
    size = len(w[0][0])
    high = (len(x[0]) + 2 * padding - size) // stride + 1
    wide = (len(x[0][0]) + 2 * padding - len(w[0][0][0])) // stride + 1
    return [
        [
            [
                math.fsum(
                    weight * x[c][row][column] for c, weight, row, column in _window(x, kernel, i, j, stride, padding)
                )
                + (b[k] if b else 0.0)
                for j in range(wide)
            ]
            for i in range(high)
        ]
        for k, kernel in enumerate(w)
    ]


def convolution_back(
    x: list[Matrix], w: list[list[Matrix]], d: list[Matrix], *, stride: int = 1, padding: int = 0
) -> tuple[list[Matrix], list[list[Matrix]], Row]:
    """Return the derivatives for x, w and b: every product of the forward pass hands d on to both its factors."""
    dx = [[[0.0] * len(row) for row in plane] for plane in x]
    dw = [[[[0.0] * len(row) for row in plane] for plane in kernel] for kernel in w]
    for k, kernel in enumerate(w):
        for i, row in enumerate(d[k]):
            for j, upstream in enumerate(row):
                for c in range(len(x)):
                    for p in range(len(kernel[c])):
                        for q in range(len(kernel[c][p])):
                            y, z = i * stride + p - padding, j * stride + q - padding
                            if 0 <= y < len(x[c]) and 0 <= z < len(x[c][0]):
                                dx[c][y][z] += upstream * kernel[c][p][q]
                                dw[k][c][p][q] += upstream * x[c][y][z]
    return dx, dw, [math.fsum(value for row in plane for value in row) for plane in d]


def max_pool(x: Matrix, size: int, stride: int) -> Matrix:
    """Return the largest number of each window of one map."""
    return [
        [max(x[i + p][j + q] for p in range(size) for q in range(size)) for j in range(0, len(x[0]) - size + 1, stride)]
        for i in range(0, len(x) - size + 1, stride)
    ]


def max_pool_back(x: Matrix, size: int, stride: int, d: Matrix) -> Matrix:
    """Hand each derivative to the first of its window's largest numbers."""
    dx = [[0.0] * len(row) for row in x]
    for i, row in enumerate(d):
        for j, upstream in enumerate(row):
            window = [(i * stride + p, j * stride + q) for p in range(size) for q in range(size)]
            y, z = max(window, key=lambda at: x[at[0]][at[1]])
            dx[y][z] += upstream
    return dx


def embedding(table: Matrix, codes: list[int]) -> Matrix:
    """Return the row of each code."""
    return [list(table[code]) for code in codes]


def embedding_back(rows: int, width: int, codes: list[int], d: Matrix) -> Matrix:
    """Add each derivative to the row that its code had picked."""
    table = [[0.0] * width for _ in range(rows)]
    for code, upstream in zip(codes, d, strict=True):
        for j, value in enumerate(upstream):
            table[code][j] += value
    return table


# Shares and losses.


def softmax(x: Row) -> Row:
    """Return ``e^x_i / sum_j e^x_j``.

    >>> [round(share, 12) for share in softmax([0.0, math.log(3)])]
    [0.25, 0.75]
    """
    top = max(x)
    powers = [math.exp(value - top) for value in x]
    total = math.fsum(powers)
    return [power / total for power in powers]


def softmax_back(x: Row, d: Row) -> Row:
    """Return ``p_i (d_i - sum_j d_j p_j)``."""
    p = softmax(x)
    mean = math.fsum(d_j * p_j for d_j, p_j in zip(d, p, strict=True))
    return [p_i * (d_i - mean) for p_i, d_i in zip(p, d, strict=True)]


def log_softmax(x: Row) -> Row:
    """Return ``x_i - log sum_j e^x_j``."""
    top = max(x)
    total = top + math.log(math.fsum(math.exp(value - top) for value in x))
    return [value - total for value in x]


def log_softmax_back(x: Row, d: Row) -> Row:
    """Return ``d_i - p_i sum_j d_j``."""
    total = math.fsum(d)
    return [d_i - p_i * total for d_i, p_i in zip(d, softmax(x), strict=True)]


def cross_entropy(x: Matrix, classes: list[int]) -> float:
    """Return the mean of ``-log p`` of the right class."""
    return -math.fsum(log_softmax(row)[c] for row, c in zip(x, classes, strict=True)) / len(x)


def cross_entropy_back(x: Matrix, classes: list[int], d: float = 1.0) -> Matrix:
    """Return ``(p - y) / N``: probability minus one at the right class."""
    return [
        [d * (p - (j == c)) / len(x) for j, p in enumerate(softmax(row))] for row, c in zip(x, classes, strict=True)
    ]


def mean_squared_error(x: Row, y: Row) -> float:
    """Return the mean of ``(x - y)^2``."""
    return math.fsum((a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x)


def mean_squared_error_back(x: Row, y: Row, d: float = 1.0) -> Row:
    """Return ``2 (x - y) / N``."""
    return [d * 2 * (a - b) / len(x) for a, b in zip(x, y, strict=True)]


def dropout(x: Row, mask: Row) -> Row:
    """Multiply by the mask: 0, or 1 / (1 - p)."""
    return [a * m for a, m in zip(x, mask, strict=True)]


def dropout_back(mask: Row, d: Row) -> Row:
    """The silenced pass nothing back."""
    return [g * m for g, m in zip(d, mask, strict=True)]


# Norms.


def layer_norm(x: Row, scale: Row | None, shift: Row | None, eps: float) -> Row:
    """Return ``scale (x - mean) / sqrt(variance + eps) + shift`` of one example.

    >>> layer_norm([1.0, 3.0], [1.0, 1.0], [0.0, 0.0], 0.0)
    [-1.0, 1.0]
    """
    hat, _ = _normalised(x, eps)
    return [(scale[i] if scale else 1.0) * value + (shift[i] if shift else 0.0) for i, value in enumerate(hat)]


def layer_norm_back(x: Row, scale: Row | None, eps: float, d: Row) -> tuple[Row, Row, Row]:
    """Return the derivatives for x, scale and shift.

    With ``u = d scale``: ``dx_i = (u_i - mean(u) - hat_i mean(u hat)) / sigma``.
    """
    hat, sigma = _normalised(x, eps)
    u = [d_i * (scale[i] if scale else 1.0) for i, d_i in enumerate(d)]
    mean = math.fsum(u) / len(u)
    along = math.fsum(a * b for a, b in zip(u, hat, strict=True)) / len(u)
    dx = [(u_i - mean - h_i * along) / sigma for u_i, h_i in zip(u, hat, strict=True)]
    return dx, [d_i * h_i for d_i, h_i in zip(d, hat, strict=True)], list(d)


def batch_norm(x: Row, scale: float, shift: float, eps: float) -> Row:
    """Return one channel, normalised over the batch: ``scale (x - mean) / sqrt(variance + eps) + shift``."""
    return [scale * value + shift for value in _normalised(x, eps)[0]]


def batch_norm_back(x: Row, scale: float, eps: float, d: Row) -> tuple[Row, float, float]:
    """Return the derivatives for x, scale and shift of one channel."""
    hat, sigma = _normalised(x, eps)
    n = len(x)
    total, along = math.fsum(d), math.fsum(a * b for a, b in zip(d, hat, strict=True))
    dx = [scale * (d_i - total / n - h_i * along / n) / sigma for d_i, h_i in zip(d, hat, strict=True)]
    return dx, along, total


# Composite layers.


def lstm_cell(x: Row, h: Row, c: Row, w_x: Matrix, w_h: Matrix, b: Row) -> tuple[Row, Row]:
    """Return the new h and c; the gates lie in `w_x`, `w_h` and `b` in the order i, f, g, o."""
    i, f, g, o = _gates(x, h, w_x, w_h, b)
    new = [f_j * c_j + i_j * g_j for i_j, f_j, g_j, c_j in zip(i, f, g, c, strict=True)]
    return [o_j * math.tanh(c_j) for o_j, c_j in zip(o, new, strict=True)], new


def lstm_cell_back(
    x: Row, h: Row, c: Row, w_x: Matrix, w_h: Matrix, b: Row, d_h: Row, d_c: Row
) -> tuple[Row, Row, Row, Matrix, Matrix, Row]:
    """Return the derivatives for x, h, c, w_x, w_h and b."""
    i, f, g, o = _gates(x, h, w_x, w_h, b)
    new = [f_j * c_j + i_j * g_j for i_j, f_j, g_j, c_j in zip(i, f, g, c, strict=True)]
    n = len(c)
    into_c = [d_c[j] + d_h[j] * o[j] * (1 - math.tanh(new[j]) ** 2) for j in range(n)]
    d_z = [
        *(into_c[j] * g[j] * i[j] * (1 - i[j]) for j in range(n)),
        *(into_c[j] * c[j] * f[j] * (1 - f[j]) for j in range(n)),
        *(into_c[j] * i[j] * (1 - g[j] ** 2) for j in range(n)),
        *(d_h[j] * math.tanh(new[j]) * o[j] * (1 - o[j]) for j in range(n)),
    ]
    dx, dw_x, db = linear_back(x, w_x, d_z)
    dh, dw_h, _ = linear_back(h, w_h, d_z)
    return dx, dh, [into_c[j] * f[j] for j in range(n)], dw_x, dw_h, db


def gru_cell(x: Row, h: Row, w_x: Matrix, w_h: Matrix, b_x: Row, b_h: Row) -> Row:
    """Return the new h; the gates lie in the order r, z, n, and r acts behind the hidden product, as in torch."""
    from_x, from_h, n = linear(x, w_x, b_x), linear(h, w_h, b_h), len(h)
    r = [sigmoid(from_x[j] + from_h[j]) for j in range(n)]
    z = [sigmoid(from_x[n + j] + from_h[n + j]) for j in range(n)]
    new = [math.tanh(from_x[2 * n + j] + r[j] * from_h[2 * n + j]) for j in range(n)]
    return [(1 - z[j]) * new[j] + z[j] * h[j] for j in range(n)]


def attention(q: Matrix, k: Matrix, v: Matrix) -> Matrix:
    """Return ``softmax(Q K^T / sqrt(d)) V`` of one head."""
    return matrix_product(_weights(q, k), v)


def attention_back(q: Matrix, k: Matrix, v: Matrix, d: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Return the derivatives for q, k and v."""
    root = math.sqrt(len(q[0]))
    scores = [[value / root for value in row] for row in matrix_product(q, _turned(k))]
    d_weights, dv = matrix_product_back(_weights(q, k), v, d)
    d_scores = [
        [value / root for value in softmax_back(row, back)] for row, back in zip(scores, d_weights, strict=True)
    ]
    return matrix_product(d_scores, k), matrix_product(_turned(d_scores), q), dv


# Their common parts.


def _turned(a: Matrix) -> Matrix:
    return [list(column) for column in zip(*a, strict=True)]


def _weights(q: Matrix, k: Matrix) -> Matrix:
    root = math.sqrt(len(q[0]))
    return [softmax([value / root for value in row]) for row in matrix_product(q, _turned(k))]


def _normalised(x: Row, eps: float) -> tuple[Row, float]:
    mean = math.fsum(x) / len(x)
    sigma = math.sqrt(math.fsum((value - mean) ** 2 for value in x) / len(x) + eps)
    return [(value - mean) / sigma for value in x], sigma


def _gates(x: Row, h: Row, w_x: Matrix, w_h: Matrix, b: Row) -> tuple[Row, Row, Row, Row]:
    z = [a + c for a, c in zip(linear(x, w_x, b), linear(h, w_h), strict=True)]
    n = len(h)
    return (
        [sigmoid(value) for value in z[:n]],
        [sigmoid(value) for value in z[n : 2 * n]],
        [math.tanh(value) for value in z[2 * n : 3 * n]],
        [sigmoid(value) for value in z[3 * n :]],
    )


def _window(
    x: list[Matrix], kernel: list[Matrix], i: int, j: int, stride: int, padding: int
) -> list[tuple[int, float, int, int]]:
    """Return (channel, weight, row, column) of each product in one window that lies on the image."""
    found = []
    for c, plane in enumerate(kernel):
        for p, row in enumerate(plane):
            for q, weight in enumerate(row):
                y, z = i * stride + p - padding, j * stride + q - padding
                if 0 <= y < len(x[c]) and 0 <= z < len(x[c][0]):
                    found.append((c, weight, y, z))
    return found
