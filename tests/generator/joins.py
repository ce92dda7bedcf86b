"""Lists and tuples put together of numbers that vary and of such that do not, whole ones among them."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator.scope import SCALAR, STACK, Scope


def joined(scope: Scope) -> bool:
    """A list or a tuple, joined to others a few times, and read."""
    rng = scope.rng
    t, total = scope.fresh(STACK, length=0).name, scope.fresh(SCALAR, size=4.0)
    scope.features |= {"list", "joined"}
    is_list = rng.random() < 0.7
    count, text = _display(scope, is_list)
    scope.line(f"{t} = {text}")
    for _ in range(rng.randrange(1, 5)):
        count = _step(scope, t, count, is_list)
    i, j = rng.randrange(count), rng.randrange(count)
    scope.line(f"{total.name} = np.tanh({t}[{i}] * {t}[{j}]) + 0.1 * sum({t})")
    scope.assigned(total)
    return True


def _item(scope: Scope) -> str:
    rng = scope.rng
    if rng.random() < 0.35:
        return str(rng.randrange(-2, 4))
    return ex.bounded(scope, ex.scalar(scope, 1), 1.5).text if rng.random() < 0.8 else ex.constant(scope, 0.3, 1.5)


def _display(scope: Scope, is_list: bool) -> tuple[int, str]:
    items = [_item(scope) for _ in range(scope.rng.randrange(1, 4))]
    return len(items), f"[{', '.join(items)}]" if is_list else f"({', '.join(items)},)"


def _step(scope: Scope, t: str, count: int, is_list: bool) -> int:
    """One change of what is held; gives how many it is then."""
    rng = scope.rng
    more, text = _display(scope, is_list)
    forms = [(f"{t} = {t} + {text}", count + more), (f"{t} = {text} + {t}", count + more),
             (f"{t} = {t} * 2", 2 * count), (f"{t} = {t}[::-1]", count), (f"{t} = {t}[1:] + {t}[:1]", count)]
    opening, closing = ("[", "]") if is_list else ("(", ")")
    forms.append((f"{t} = {opening}{_item(scope)}, *{t}, {_item(scope)}{closing}", count + 2))
    if is_list:
        forms += [(f"{t} += {text}", count + more), (f"{t}.extend({text})", count + more),
                  (f"{t}.append({_item(scope)})", count + 1), (f"{t}.insert(0, {_item(scope)})", count + 1),
                  (f"{t}[{rng.randrange(count)}] = {_item(scope)}", count), (f"{t}[:0] = {text}", count + more),
                  (f"{t}.reverse()", count)]
    line, now = rng.choice(forms)
    scope.line(line)
    return now
