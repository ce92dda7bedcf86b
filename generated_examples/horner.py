"""Sums: a polynomial by Horner's rule over a list of coefficients; first and second derivative."""


def horner(coeffs, x):
    acc = 0.0
    for c in coeffs:
        acc = acc * x + c
    return acc


# $ tangent2 show generated_examples/horner.py:horner --wrt coeffs,x --at "coeffs=[1.0, 2.0, 3.0], x=0.5"


def grad_horner(coeffs, x):
    acc_saved = []
    acc = 0.0
    for c in coeffs:
        acc_saved.append(acc)
        acc = acc * x + c
    # Backward pass
    acc_bar = 1.0
    x_bar = 0.0
    coeffs_bar = [0.0] * len(coeffs)
    for i in range(len(coeffs) - 1, -1, -1):
        acc = acc_saved.pop()
        coeffs_bar[i] += acc_bar
        x_bar += acc_bar * acc
        acc_bar = acc_bar * x
    return coeffs_bar, x_bar


# $ tangent2 show generated_examples/horner.py:horner --order 2 --wrt x --at "coeffs=[1.0, 2.0, 3.0], x=0.5"


def grad_grad_horner(coeffs, x):
    acc_saved = []
    acc_saved1 = []
    acc = 0.0
    for c in coeffs:
        acc_saved1.append(acc)
        acc_saved.append(acc)
        acc = acc * x + c
    saved = []
    acc_bar = 1.0
    while acc_saved:
        acc = acc_saved.pop()
        saved.append((acc_bar, acc))
        acc_bar = acc_bar * x
    # Backward pass
    acc_saved_bar = []
    acc_bar_bar = 0.0
    x_bar = 0.0
    while saved:
        acc_bar, acc = saved.pop()
        acc_saved_bar.append(acc_bar)
        x_bar += acc_bar_bar * acc_bar  # Grad of: acc = acc * x + c
        acc_bar_bar = acc + acc_bar_bar * x
    acc_bar = 0.0
    while acc_saved1:
        acc = acc_saved1.pop()
        t = acc_bar * x
        x_bar += acc_bar * acc
        acc_bar = acc_saved_bar.pop()
        acc_bar += t
    return x_bar
