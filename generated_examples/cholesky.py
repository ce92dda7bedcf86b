"""Linear algebra: the logarithm of a determinant by Cholesky's method, element by element."""
import numpy as np


def log_det(A):
    n = len(A)
    L = np.zeros((n, n))
    total = 0.0
    for i in range(n):
        for j in range(i):
            L[i, j] = (A[i, j] - L[i, :j] @ L[j, :j]) / L[j, j]
        pivot = np.sqrt(A[i, i] - np.sum(L[i, :i] ** 2))
        L[i, i] = pivot
        total += 2.0 * np.log(pivot)
    return total


# $ tangent2 show generated_examples/cholesky.py:log_det --at "A=np.eye(3) + 0.1"


def grad_log_det(A):
    n = len(A)
    L = np.zeros((n, n))
    saved = []
    for i in range(n):
        saved1 = []
        for j in range(i):
            t = L[i, :j]
            t1 = L[j, :j]
            t2 = A[i, j] - t @ t1
            t3 = L[j, j]
            saved1.append((t.copy(), t1.copy(), t2, t3))
            L[i, j] = t2 / t3
        t4 = L[i, :i]
        pivot = np.sqrt(A[i, i] - np.sum(t4 ** 2))
        saved.append((saved1, t4.copy(), pivot))
        L[i, i] = pivot
    # Backward pass
    L_bar = np.zeros_like(L)
    A_bar = np.zeros_like(A)
    for i in range(n - 1, -1, -1):
        saved1, t5, pivot = saved.pop()
        pivot_bar = 2.0 / pivot + L_bar[i, i]  # Grad of: L[i, i] = pivot
        L_bar[i, i] = 0.0
        t6 = pivot_bar / (2.0 * pivot)
        L_bar[i, :i] -= 2.0 * t6 * t5
        A_bar[i, i] += t6
        for j in range(i - 1, -1, -1):
            t7, t8, t9, t10 = saved1.pop()
            t11 = L_bar[i, j]
            L_bar[i, j] = 0.0
            t12 = t11 / t10
            L_bar[j, j] -= t11 * t9 / t10 ** 2
            L_bar[j, :j] -= t12 * t7
            L_bar[i, :j] -= t12 * t8
            A_bar[i, j] += t12
    return A_bar


# $ tangent2 show generated_examples/cholesky.py:log_det --mode forward --wrt A --at "A=np.eye(3) + 0.1"


def jvp_log_det(A, A_dot):
    n = len(A)
    L = np.zeros((n, n))
    total = 0.0
    L_dot = np.zeros_like(L)
    total_dot = 0.0
    for i in range(n):
        for j in range(i):
            t = L[i, :j]
            t1 = L[j, :j]
            t2 = L[j, j]
            t3 = (A[i, j] - t @ t1) / t2
            t4 = A_dot[i, j] - (L_dot[i, :j] @ t1 + t @ L_dot[j, :j]) - t3 * L_dot[j, j]
            L_dot[i, j] = t4 / t2
            L[i, j] = t3
        t5 = L[i, :i]
        pivot = np.sqrt(A[i, i] - np.sum(t5 ** 2))
        pivot_dot = (A_dot[i, i] - 2.0 * np.sum(t5 * L_dot[i, :i])) / (2.0 * pivot)
        L_dot[i, i] = pivot_dot
        L[i, i] = pivot
        total_dot += 2.0 * pivot_dot / pivot
        total += 2.0 * np.log(pivot)
    return total, total_dot
