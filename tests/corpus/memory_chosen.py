"""Names that stand for one row of an array or another, as it is found when the program runs, and are written to."""

from typing import Any

import numpy as np

from tests.corpus.cases import at

A = np.array([[0.3, 1.2, -0.5], [2.0, 0.1, 0.7], [0.4, 0.9, 1.1]])


@at(A)
def best_row_write(A: Any) -> Any:
    A = A * 1.5
    best = A[0]
    m = -1.0
    for row in A:
        s = np.sum(row)
        if s > m:
            best = row
            m = s
    best[0] = 1.0
    return np.sum(A ** 2) + np.sum(best ** 3)


@at(A)
def best_row_base(A: Any) -> Any:
    A = A * 1.5
    best: Any = None
    m = -1.0
    for row in A:
        s = np.sum(row)
        if s > m:
            best = row
            m = s
    A[0, 0] *= 3.0
    A[1, 0] *= 2.0
    return np.sum(A ** 2) + np.sum(best ** 3)


@at(A)
def best_row_index(A: Any) -> Any:
    A = A * 1.5
    best = A[0]
    m = -1.0
    for i in range(3):
        s = np.sum(A[i])
        if s > m:
            best = A[i]
            m = s
    best *= 2.0
    return np.sum(A ** 2) + np.sum(best ** 3)


@at(A)
def rows_argmax(A: Any) -> Any:
    A = A * 1.0
    i = int(np.argmax(A[:, 0]))
    r = A[i]
    r /= r[0]
    for k in range(3):
        if k != i:
            q = A[k]
            q -= q[0] * r
    return np.sum(A ** 3)


@at(A)
def pivot_lu(A: Any) -> Any:
    B = A.copy()
    n = 3
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(B[i, k]) > abs(B[p, k]):
                p = i
        if p != k:
            B[[k, p]] = B[[p, k]]
        for i in range(k + 1, n):
            B[i, k] /= B[k, k]
            B[i, k + 1:] -= B[i, k] * B[k, k + 1:]
    return np.sum(B ** 2)


@at(A)
def pivot_row_view(A: Any) -> Any:
    B = A.copy()
    for k in range(3):
        piv = B[k]
        for row in B[k + 1:]:
            if abs(row[k]) > abs(piv[k]):
                piv = row
        piv /= 2.0
    return np.sum(B ** 3)


@at(A)
def two_names(A: Any) -> Any:
    B = A * 1.0
    lo = B[0]
    hi = B[0]
    for row in B:
        if row[0] < lo[0]:
            lo = row
        if row[0] > hi[0]:
            hi = row
    lo[1], hi[1] = hi[1] * 2, lo[1] * 3
    return np.sum(B ** 2 * A)


@at(A)
def nested_if(A: Any) -> Any:
    B = A * 1.0
    best: Any = None
    for i in range(3):
        for j in range(2):
            if B[i, j] > 0.2:
                if best is None or B[i, j] > best[0]:
                    best = B[i, j:]
    best *= 2.0
    return np.sum(B ** 2 * A)


@at(A)
def prev_row(A: Any) -> Any:
    B = A * 1.0
    prev = B[0]
    for i in range(1, 3):
        row = B[i]
        row += 0.5 * prev
        prev[0] *= 2.0
        prev = row
    return np.sum(B ** 2 * A)


@at(A)
def breaks(A: Any) -> Any:
    B = A * 1.0
    found = B[0]
    for row in B:
        if row[0] > 1.0:
            found = row
            break
    found[:] = 1.5 * found
    return np.sum(B ** 2 * A)


@at(A)
def while_rows(A: Any) -> Any:
    B = A * 1.0
    i = 0
    r = B[i]
    while i < 2:
        r *= 0.5
        i += 1
        r = B[i]
    r[2] = B[0, 0]
    return np.sum(B ** 2 * A)


@at(A)
def rows_in_list(A: Any) -> Any:
    rows = [A[0] * 1.0, A[1] * 2.0, A[2] * 1.5]
    best = rows[0]
    for r in rows:
        if np.sum(r) > np.sum(best):
            best = r
    best *= 2.0
    return sum(np.sum(r ** 2) for r in rows)


@at(A)
def ring(A: Any) -> Any:
    buf = np.zeros((3, 3))
    head = 0
    s = 0.0
    for k in range(5):
        slot = buf[head]
        slot[:] = A[k % 3] * (k + 1)
        head = (head + 1) % 3
        s += np.sum(buf[head] * A[0])
    return s + np.sum(buf ** 2)


@at(A)
def written_in_loop(A: Any) -> Any:
    B = A * 1.0
    best = B[0]
    for row in B:
        if row[0] > best[0]:
            best = row
        best[1] += 0.1 * row[2]
    return np.sum(B ** 2 * A)


@at(A)
def copy_or_row(A: Any) -> Any:
    B = A * 1.0
    best = B[0].copy()
    for row in B:
        if row[0] > best[0]:
            best = row
    best[1] += 3.0
    return np.sum(B ** 2 * A) + np.sum(best)


@at(A)
def two_arrays(A: Any) -> Any:
    B = A * 1.0
    C = A * 2.0
    best = B[0]
    for i in range(3):
        if B[i, 0] > best[0]:
            best = B[i]
        if C[i, 1] > best[1]:
            best = C[i]
    best[1] += 3.0
    return np.sum(B ** 2 * A) + np.sum(C ** 3)
