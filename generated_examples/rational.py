"""Sums: a rational function, whose powers are right at zero as well; first and second derivative."""
import numpy as np


def rational(x, num_par, denom_par):
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * np.float_power(x, i)
    return acc_num / (1.0 + acc_denom ** 2)


# $ tangent2 show generated_examples/rational.py:rational --wrt x --at "x=0.7, num_par=[1.0, 2.0, 0.5], denom_par=[0.3, 1.0]"


def grad_rational(x, num_par, denom_par):
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * np.float_power(x, i)
    t = 1.0 + acc_denom ** 2
    # Backward pass
    acc_num_bar = 1.0 / t  # Grad of: acc_num / (1.0 + acc_denom ** 2)
    acc_denom_bar = -2.0 * acc_denom * (acc_num / t ** 2)
    x_bar = 0.0
    for i, par in enumerate(denom_par):
        x_bar += acc_denom_bar * par * (i * x ** (i - (i != 0)))
    for i, par in enumerate(num_par):
        x_bar += acc_num_bar * par * (i * x ** (i - (i != 0)))
    return x_bar


# $ tangent2 show generated_examples/rational.py:rational --mode forward --wrt x --at "x=0.7, num_par=[1.0, 2.0, 0.5], denom_par=[0.3, 1.0]"


def jvp_rational(x, num_par, denom_par, x_dot):
    acc_num = 0.0
    acc_num_dot = 0.0
    for i, par in enumerate(num_par):
        acc_num_dot += par * (i * x ** (i - (i != 0)) * x_dot)
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    acc_denom_dot = 0.0
    for i, par in enumerate(denom_par):
        acc_denom_dot += par * (i * x ** (i - (i != 0)) * x_dot)
        acc_denom += par * np.float_power(x, i)
    t = 1.0 + acc_denom ** 2
    t1 = acc_num / t
    return t1, (acc_num_dot - 2.0 * t1 * (acc_denom * acc_denom_dot)) / t


# $ tangent2 show generated_examples/rational.py:rational --order 2 --wrt x --at "x=0.7, num_par=[1.0, 2.0, 0.5], denom_par=[0.3, 1.0]"


def grad_grad_rational(x, num_par, denom_par):
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * np.float_power(x, i)
    t = 1.0 + acc_denom ** 2
    t1 = t ** 2
    t2 = acc_num / t1
    acc_num_bar = 1.0 / t
    t3 = -2.0 * acc_denom
    acc_denom_bar = t3 * t2
    # Backward pass
    x_bar = 0.0
    acc_num_bar_bar = 0.0
    for i, par in enumerate(num_par):
        t4 = i - (i != 0)
        x_bar += acc_num_bar * par * i * (t4 * x ** (t4 - (t4 != 0)))
        acc_num_bar_bar += i * x ** t4 * par
    acc_denom_bar_bar = 0.0
    for i, par in enumerate(denom_par):
        t5 = i - (i != 0)
        x_bar += acc_denom_bar * par * i * (t5 * x ** (t5 - (t5 != 0)))
        acc_denom_bar_bar += i * x ** t5 * par
    t6 = acc_denom_bar_bar * t3  # Grad of: acc_num / (1.0 + acc_denom ** 2)
    t7 = -acc_num_bar_bar * acc_num_bar ** 2
    acc_num_bar = t6 / t1
    t8 = 2.0 * acc_denom * (t7 - 2.0 * t * (t6 * acc_num / t1 ** 2))
    acc_denom_bar = t8 - 2.0 * acc_denom_bar_bar * t2
    for i, par in enumerate(denom_par):
        x_bar += acc_denom_bar * par * (i * x ** (i - (i != 0)))
    for i, par in enumerate(num_par):
        x_bar += acc_num_bar * par * (i * x ** (i - (i != 0)))
    return x_bar
