"""Tables: dynamic programming, row by row; ties aside, counts of what was done."""


def edit_distance(sub, gap, a, b):
    row = [gap * j for j in range(len(b) + 1)]
    for i in range(len(a)):
        new = [gap * (i + 1)]
        for j in range(len(b)):
            cost = 0.0 if a[i] == b[j] else sub
            new.append(min(row[j] + cost, row[j + 1] + gap, new[j] + gap))
        row = new
    return row[-1]


# $ tangent2 show generated_examples/edit_distance.py:edit_distance --value --wrt sub,gap --at "sub=1.2, gap=0.7, a='kitten', b='sitting'"


def value_and_grad_edit_distance(sub, gap, a, b):
    row = [gap * j for j in range(len(b) + 1)]
    saved = []
    for i in range(len(a)):
        new = [gap * (i + 1)]
        saved1 = []
        for j in range(len(b)):
            t = a[i] == b[j]
            cost = 0.0 if t else sub
            t1 = row[j] + cost
            t2 = row[j + 1] + gap
            t3 = new[j] + gap
            saved1.append((t, t1, t2, t3))
            new.append(min(t1, t2, t3))
        saved.append((row, saved1))
        row = new
    t4 = row[-1]
    # Backward pass
    row_bar = [0.0] * len(row)  # Grad of: row[-1]
    row_bar[-1] = 1.0
    gap_bar = 0.0
    sub_bar = 0.0
    for i in range(len(a) - 1, -1, -1):
        row, saved1 = saved.pop()
        new_bar = row_bar
        row_bar = [0.0] * len(row)
        for j in range(len(b) - 1, -1, -1):
            t5, t6, t7, t8 = saved1.pop()
            t9 = new_bar.pop()
            t10 = t8 < min(t6, t7)
            t11 = t9 * t10
            t12 = t9 * (not t10)
            t13 = t7 < t6
            t14 = t12 * t13
            cost_bar = t12 * (not t13)
            new_bar[j] += t11
            row_bar[j + 1] += t14
            row_bar[j] += cost_bar
            sub_bar = sub_bar if t5 else sub_bar + cost_bar
            gap_bar = gap_bar + t11 + t14
        t15, = new_bar          # Grad of: new = [gap * (i + 1)]
        gap_bar += t15 * (i + 1)
    for j in range(len(b), -1, -1):
        gap_bar += row_bar.pop() * j
    return t4, (sub_bar, gap_bar)


# $ tangent2 show generated_examples/edit_distance.py:edit_distance --mode forward --wrt sub,gap --at "sub=1.2, gap=0.7, a='kitten', b='sitting'"


def jvp_edit_distance(sub, gap, a, b, sub_dot, gap_dot):
    row = []
    row_dot = []
    for j in range(len(b) + 1):
        row_dot.append(gap_dot * j)
        row.append(gap * j)
    for i in range(len(a)):
        t = i + 1
        new_dot = [gap_dot * t]
        new = [gap * t]
        for j in range(len(b)):
            if a[i] == b[j]:
                cost = 0.0
                cost_dot = 0.0
            else:
                cost = sub
                cost_dot = sub_dot
            t1 = row[j] + cost
            t2 = j + 1
            t3 = row[t2] + gap
            t4 = new[j] + gap
            t5 = t3 < t1
            t6 = (row_dot[j] + cost_dot) * (not t5) + (row_dot[t2] + gap_dot) * t5
            t7 = t4 < min(t1, t3)
            new_dot.append(t6 * (not t7) + (new_dot[j] + gap_dot) * t7)
            new.append(min(t1, t3, t4))
        row = new
        row_dot = new_dot
    return row[-1], row_dot[-1]
