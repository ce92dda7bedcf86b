"""Tapes that hold arrays of floats as rows of one array: Numba's lists of tuples count the references of each array."""
from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from tangent2.core.kinds import Array, Number
from tangent2.jitting.ranks import Ranks, rank_of
from tangent2.jitting.sharing import Sharing, is_plain
from tangent2.jitting.tapes import Uses, uses_of
from tangent2.names import unique

Supply = Callable[[str, str], str]
_ROWS, _MOST = 16, 1 << 22     # rows of a tape at first, where no loop tells; numbers that are asked for at once


def as_planes(node: ast.FunctionDef, ranks: Ranks, supply: Supply) -> None:
    """Put one array in the place of each tape of a function that holds arrays, each of one length, and floats.

    What is put on them is copied, and what is read from them is a part of them, so nothing may write to either, nor
    give it back to the caller.  supply: makes sure of a function that is given by a word and its text.

    >>> tree = ast.parse('''def f(x, n):
    ...     saved = []
    ...     for i in range(n):
    ...         t = np.sin(x)
    ...         saved.append((t, 0.5 * i))
    ...     while saved:
    ...         t, c = saved.pop()
    ...         x = x + t * c
    ...     return x
    ... ''')
    >>> ranks = Ranks({"t": Array("float64", (None,)), "i": Number("int64")}, "np")
    >>> as_planes(tree.body[0], ranks, lambda word, text: word)
    >>> print(ast.unparse(tree))
    def f(x, n):
        saved = np.empty((0, 0))
        saved_at = np.zeros(3, np.int64)
        saved_n = 0
        for i in range(n):
            t = np.sin(x)
            saved = hold(saved, saved_at, saved_n, len(range(n)), t, 0.5 * i)
            saved_n += 1
        while saved_n > 0:
            saved_n -= 1
            t_held = part(saved, saved_at, saved_n, 0)
            c_held = number(saved, saved_at, saved_n, 1)
            x = x + t_held * c_held
        return x
    """
    if not is_plain(node):
        return
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    tapes = {name: found for name in sorted(names) if (found := uses_of(node, name)).made}
    for uses in tapes.values():
        _rename(node, uses, ranks)
    sharing = Sharing(node, ranks.numpy, frozenset(tapes))
    for name, uses in tapes.items():
        held = _ranks_held(uses, ranks, sharing)
        if held is not None and any(held) and _is_apart(node, uses) and not any(
                f"{name}_{end}" in names for end in ("n", "at")):
            planes = _Planes(name, uses, held, _rows(node, uses, ranks), supply)
            node.body = [new for stmt in node.body for new in planes.statement(stmt)]


def _rename(node: ast.FunctionDef, uses: Uses, ranks: Ranks) -> None:
    """Give names of their own to what is read from a tape, where nothing else of that name comes into that loop, or out
    of it: what was read is another array than what was put."""
    for at, loop in enumerate(node.body):
        popped = next((s for s in getattr(loop, "body", []) if s in uses.popped), None)
        if not isinstance(loop, (ast.For, ast.While)) or popped is None:
            continue
        place = loop.body.index(popped)
        head = [loop.test] if isinstance(loop, ast.While) else [loop.target, loop.iter]
        outside = _named([*head, *loop.body[:place], *loop.orelse, *node.body[at + 1:]])
        taken = _named([node]) | ranks.names.keys()
        for part in _parts(popped.targets[0]):
            if isinstance(part, ast.Name) and part.id not in outside:
                old, new = part.id, unique(f"{part.id}_held", taken)
                taken.add(new)
                if old in ranks.names:
                    ranks.names[new] = ranks.names[old]
                for n in ast.walk(loop):
                    if isinstance(n, ast.Name) and n.id == old:
                        n.id = new


def _named(nodes: Sequence[ast.AST]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def _rows(node: ast.FunctionDef, uses: Uses, ranks: Ranks) -> str:
    """How many entries a tape gets, as far as the loop tells that writes it."""
    wanted = set(map(id, uses.pushed))
    for stmt in node.body:
        loop = stmt if isinstance(stmt, ast.For) and any(id(n) in wanted for n in ast.walk(stmt)) else None
        if loop is None or any(isinstance(n, (ast.For, ast.While)) for inner in loop.body for n in ast.walk(inner)):
            continue
        is_range = isinstance(loop.iter, ast.Call) and isinstance(loop.iter.func, ast.Name) \
            and loop.iter.func.id == "range" and not any(isinstance(n, ast.Call) for arg in loop.iter.args
                                                         for n in ast.walk(arg))
        if is_range or isinstance(loop.iter, ast.Name) and rank_of(ranks.of(loop.iter)):
            changed = {n.id for inner in loop.body for n in ast.walk(inner) if isinstance(n, ast.Name)
                       and isinstance(n.ctx, ast.Store)}
            if not any(isinstance(n, ast.Name) and n.id in changed for n in ast.walk(loop.iter)):
                return f"len({ast.unparse(loop.iter)})"
    return str(_ROWS)


def _ranks_held(uses: Uses, ranks: Ranks, sharing: Sharing) -> list[int] | None:
    """Of how many axes each part of an entry is: 0 of a float; None of a tape that holds something else."""
    entries = [_parts(value) for value in uses.pushed]
    read = [_parts(stmt.targets[0]) for stmt in uses.popped]
    if uses.kept or uses.given or not entries or len({len(parts) for parts in [*entries, *read]}) != 1:
        return None
    if len({isinstance(value, ast.Tuple) for value in [*uses.pushed, *[s.targets[0] for s in uses.popped]]}) != 1:
        return None
    found = []
    for column in zip(*entries):
        own = {_rank(part, ranks) for part in column}
        rank = own.pop()
        if own or rank is None or rank and not all(sharing.is_steady(n) for part in column
                                                   for n in sharing.shared(part)):
            return None
        found.append(rank)
    for parts in read:
        for part, rank in zip(parts, found):
            if not isinstance(part, ast.Name) or rank and not sharing.is_inside(part.id):
                return None
    return found


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _rank(node: ast.expr, ranks: Ranks) -> int | None:
    kind = ranks.of(node)
    rank = rank_of(kind) if isinstance(kind, (Array, Number)) and kind.dtype == "float64" else None
    return rank if rank is not None and rank <= 1 else None


def _is_apart(node: ast.FunctionDef, uses: Uses) -> bool:
    """Whether a tape is made first, all of it is then written in one statement, and read in later ones."""
    def places(wanted: set[int]) -> list[int]:
        return [k for k, stmt in enumerate(node.body) if any(id(n) in wanted for n in ast.walk(stmt))]
    made, written = places(set(map(id, uses.made))), places(set(map(id, uses.pushed)))
    read = places(set(map(id, uses.popped)))
    return uses.made[0] in node.body and len(written) == 1 and bool(read) and made[0] < written[0] < min(read)


class _Planes:
    """Rewrites the statements of a function that use one tape, which holds arrays (1) and floats (0)."""

    def __init__(self, name: str, uses: Uses, held: list[int], rows: str, supply: Supply) -> None:
        self.name, self.held, self.rows, self.supply = name, held, rows, supply
        self.uses = {id(node) for nodes in (uses.made, uses.pushed, uses.popped) for node in nodes}

    def statement(self, stmt: ast.stmt) -> list[ast.stmt]:
        """What stands in the place of a statement."""
        for block in "body", "orelse", "finalbody":
            inner = getattr(stmt, block, None)
            if isinstance(inner, list):
                setattr(stmt, block, [new for each in inner for new in self.statement(each)])
        if isinstance(stmt, ast.While) and isinstance(stmt.test, ast.Name) and stmt.test.id == self.name:
            stmt.test = ast.parse(f"{self.name}_n > 0", mode="eval").body
        lines = list(self._lines(stmt))
        return [_located(new, stmt) for line in lines for new in ast.parse(line).body] or [stmt]

    def _lines(self, stmt: ast.stmt) -> Iterator[str]:
        name = self.name
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call) and stmt.value.args and id(
                stmt.value.args[0]) in self.uses:
            given = ", ".join(map(ast.unparse, _parts(stmt.value.args[0])))
            yield f"{name} = {self._hold()}({name}, {name}_at, {name}_n, {self.rows}, {given})"
            yield f"{name}_n += 1"
        elif id(stmt) in self.uses and isinstance(stmt, ast.Assign):
            if isinstance(stmt.value, ast.List):
                yield f"{name} = np.empty((0, 0))"
                yield f"{name}_at = np.zeros({len(self.held) + 1}, np.int64)"
                yield f"{name}_n = 0"
            else:
                yield f"{name}_n -= 1"
                for k, (part, rank) in enumerate(zip(_parts(stmt.targets[0]), self.held)):
                    yield f"{ast.unparse(part)} = {self._held(rank)}({name}, {name}_at, {name}_n, {k})"

    def _hold(self) -> str:
        """The name of the function that puts something on the tape, whose first entry tells all lengths."""
        count = len(self.held)
        sizes = [f"a{k}.shape[0]" if rank else "1" for k, rank in enumerate(self.held)]
        fits = " and ".join([f"at[{k}] + {size} == at[{k + 1}]" for k, size in enumerate(sizes) if self.held[k]])
        lines = [f"def NAME(tape, at, n, rows, {', '.join([f'a{k}' for k in range(count)])}):", "    if n == 0:",
                 *[f"        at[{k + 1}] = at[{k}] + {size}" for k, size in enumerate(sizes)],
                 f"        if tape.shape[0] == 0 or tape.shape[1] != at[{count}]:",
                 f"            tape = np.empty((max(1, min(rows, {_MOST} // max(1, at[{count}]))), at[{count}]))",
                 f"    if not ({fits}):", "        raise ValueError('shapes differ')",
                 "    if n == tape.shape[0]:", f"        grown = np.empty((2 * n, at[{count}]))",
                 "        grown[:n] = tape", "        tape = grown", "    row = tape[n]"]
        for k, rank in enumerate(self.held):
            lines += [f"    part = row[at[{k}]:at[{k + 1}]]", "    for i in range(part.shape[0]):",
                      f"        part[i] = a{k}[i]"] if rank else [f"    row[at[{k}]] = a{k}"]
        return self.supply("hold", "\n".join([*lines, "    return tape"]) + "\n")

    def _held(self, rank: int) -> str:
        """The name of the function that reads a part of an entry."""
        empty = "    if n < 0:\n        raise IndexError('the tape is empty')\n"
        if rank:
            return self.supply("part", f"def NAME(tape, at, n, k):\n{empty}    return tape[n][at[k]:at[k + 1]]\n")
        return self.supply("number", f"def NAME(tape, at, n, k):\n{empty}    return tape[n, at[k]]\n")


def _located(new: ast.stmt, old: ast.stmt) -> ast.stmt:
    for node in ast.walk(new):
        if isinstance(node, (ast.stmt, ast.expr)):
            ast.copy_location(node, old)
    return new
