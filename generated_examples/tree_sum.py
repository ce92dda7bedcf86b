"""Lists: a list used as a stack."""
import numpy as np


def tree_sum(x):
    todo = [x]
    s = 0.0
    for i in range(5):
        v = todo.pop()
        todo.append(v * v)
        todo.append(np.sin(v))
        s += v
    while todo:
        s += todo.pop()
    return s


# $ tangent2 show generated_examples/tree_sum.py:tree_sum --at "x=0.8"


def grad_tree_sum(x):
    todo = [x]
    v_saved = []
    for i in range(5):
        v = todo.pop()
        v_saved.append(v)
        todo.append(v * v)
        todo.append(np.sin(v))
    count = len(todo)
    # Backward pass
    todo_bar = [1.0 for _ in range(count)]
    while v_saved:
        v = v_saved.pop()
        v_bar = 1.0 + todo_bar.pop() * np.cos(v) + 2.0 * todo_bar.pop() * v
        todo_bar.append(v_bar)  # Grad of: v = todo.pop()
    x_bar, = todo_bar           # Grad of: todo = [x]
    return x_bar


# $ tangent2 show generated_examples/tree_sum.py:tree_sum --mode forward --wrt x --at "x=0.8"


def jvp_tree_sum(x, x_dot):
    todo_dot = [x_dot]
    todo = [x]
    s = 0.0
    s_dot = 0.0
    for i in range(5):
        v_dot = todo_dot.pop()
        v = todo.pop()
        todo_dot.append(2.0 * v_dot * v)
        todo.append(v * v)
        todo_dot.append(v_dot * np.cos(v))
        todo.append(np.sin(v))
        s_dot += v_dot
        s += v
    while todo:
        s_dot += todo_dot.pop()
        s += todo.pop()
    return s, s_dot
