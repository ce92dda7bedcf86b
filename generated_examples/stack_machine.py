"""Lists: a stack machine; the program is data."""
import numpy as np


def stack_machine(program, x):
    stack = []
    for word in program:
        if word == "x":
            stack.append(x)
        elif word == "sin":
            top = stack.pop()
            stack.append(np.sin(top))
        else:
            b = stack.pop()
            a = stack.pop()
            stack.append(a * b if word == "*" else a + b)
    return stack.pop()


# $ tangent2 show generated_examples/stack_machine.py:stack_machine --wrt x --at "program=['x', 'x', '*', 'sin', 'x', '+'], x=1.5"


def grad_stack_machine(program, x):
    stack = []
    top_saved = []
    saved = []
    for word in program:
        if word == 'x':
            stack.append(x)
        elif word == 'sin':
            top = stack.pop()
            top_saved.append(top)
            stack.append(np.sin(top))
        else:
            b = stack.pop()
            a = stack.pop()
            saved.append((b, a))
            stack.append(a * b if word == '*' else a + b)
    stack.pop()
    # Backward pass
    stack_bar = [0.0] * len(stack)     # Grad of: stack.pop()
    stack_bar.append(1.0)
    x_bar = 0.0
    for word in reversed(program):
        if word == 'x':
            x_bar1 = stack_bar.pop()
            x_bar += x_bar1            # Grad of: stack.append(x)
        elif word == 'sin':
            top = top_saved.pop()
            top_bar = stack_bar.pop() * np.cos(top)
            stack_bar.append(top_bar)  # Grad of: top = stack.pop()
        else:
            b, a = saved.pop()
            a_bar = stack_bar.pop()
            if word == '*':
                b_bar = a_bar * a
                a_bar = a_bar * b
            else:
                b_bar = a_bar
            stack_bar.append(a_bar)    # Grad of: a = stack.pop()
            stack_bar.append(b_bar)    # Grad of: b = stack.pop()
    return x_bar


# $ tangent2 show generated_examples/stack_machine.py:stack_machine --mode forward --wrt x --at "program=['x', 'x', '*', 'sin', 'x', '+'], x=1.5"


def jvp_stack_machine(program, x, x_dot):
    stack = []
    stack_dot = []
    for word in program:
        if word == 'x':
            stack_dot.append(x_dot)
            stack.append(x)
        elif word == 'sin':
            top_dot = stack_dot.pop()
            top = stack.pop()
            stack_dot.append(top_dot * np.cos(top))
            stack.append(np.sin(top))
        else:
            b_dot = stack_dot.pop()
            b = stack.pop()
            a_dot = stack_dot.pop()
            a = stack.pop()
            if word == '*':
                t = a * b
                t1 = a_dot * b + a * b_dot
            else:
                t = a + b
                t1 = a_dot + b_dot
            stack_dot.append(t1)
            stack.append(t)
    return stack.pop(), stack_dot.pop()
