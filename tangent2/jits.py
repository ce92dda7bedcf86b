"""`jit`: functions, and what transforms make of them, run by Numba's code where that is faster."""
from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import FunctionType
from typing import Any

from tangent2.api import Derivative, check_callable
from tangent2.attached import attached
from tangent2.cache import LOCK, lookup_key
from tangent2.core.kinds import Kind
from tangent2.core.prims import Prim
from tangent2.core.syntax import Callee
from tangent2.core.valuekinds import signature
from tangent2.decorating import LATER, Decorator, Made, made_again, made_by
from tangent2.entry import Entry
from tangent2.errors import JitWarning, TangentError, UnsupportedError
from tangent2.in_a_row import checks_values, in_a_row, takes_more
from tangent2.jitting import choosing
from tangent2.jitting.building import needed
from tangent2.jitting.quick import quick_call
from tangent2.jitting.running import Fast, Way, frames_inside
from tangent2.jitting.whole import Whole, WholeCompiler, whole_text
from tangent2.names import function_name, in_python, signature_of
from tangent2.pipeline import Compiler
from tangent2.python.read import place_of
from tangent2.records import lowered, whole_of
from tangent2.requests import callee_of_value, tangent_request
from tangent2.switches import current
from tangent2.travelling import standing_at
from tangent2.variadic import Variadic, is_variadic

ITSELF = tangent_request((), 0)         # of a function: its own value


class Jitted(Derivative):
    """A function whose text Numba compiles when it is called with arguments of new kinds.

    Numba's own functions may call it; `dispatcher(*args)` gives what they call.
    """

    __tangent2_jitted__ = True

    def __init__(self, f: Callable[..., Any], name: str, doc: str, strict: bool, cache: bool) -> None:
        fn, request = (f._fn, f._request) if isinstance(f, Derivative) else (f, ITSELF)
        super().__init__(fn, request, name, doc)
        self._of, self._strict, self._keep = f, strict, cache
        self._made: dict[Any, Fast] = {}
        self._others: dict[Any, Any] = {}
        self._rows: dict[Any, Any] = {}
        self._told = False
        self._looks = checks_values(f)
        self._slow = self._as_itself if request is ITSELF else super().__call__
        self._quick = self._slow
        self._alone = self._alone and request is not ITSELF

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != self._count:
            return self._slow(*args, **kwargs)
        return self._quick(*args)

    def _as_itself(self, *args: Any, **kwargs: Any) -> Any:
        """The value of the function; objects of the user's classes are given to that as they are."""
        given = args, kwargs
        try:
            if takes_more(self._of):
                found = in_a_row(self._of, args, kwargs, self._rows)
                if found is None:
                    return self._of(*args, **kwargs)
                if found[0] is not self._of:
                    return self._spread_out(found[0])(*found[1])
                args, kwargs = found[1], {}
            args = self._bind(args, kwargs) if kwargs or len(args) != self._count else args
            same = all(a is b for a, b in zip(args, lowered(tuple(args))))
            if same:
                self._entry(tuple(args))
        except TangentError as error:
            return self._uncompiled(error, *given)
        return super().__call__(*args) if same else self._of(*given[0], **given[1])

    def _spread_out(self, of: Any) -> Any:
        """What is made, of plain arguments only, compiled."""
        if of not in self._others:
            self._others[of] = jit(of, self._strict, self._keep)
        return self._others[of]

    def _uncompiled(self, error: TangentError, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a function gives that is not read: it runs as it is."""
        if self._strict:
            raise error.brief() from None
        result = self._of(*args, **kwargs)      # if it raises, that is what there is to be said
        if not self._told:
            self._told = True
            warnings.warn(f"`{self.__name__}` is not compiled, it runs as it is: {error.reason}", JitWarning,
                          stacklevel=frames_inside())
        return result

    def with_classes(self, args: tuple[Any, ...], result: Any) -> Any:
        """A result as the user's function gives it; gradients have the classes of the arguments."""
        return whole_of(self._of, args, result) if self._request is ITSELF else super().with_classes(args, result)

    def _compile(self, args: tuple[Any, ...]) -> Entry:
        with LOCK:
            plain, key = self._plain(args), lookup_key(args)
            fast, own = self._fast(plain, key, args), weakref.ref(self)

            def listener(function: Callable[..., Any]) -> None:
                jitted = own()
                if jitted is not None:
                    jitted._table[key] = entry = replace(plain, function=function)
                    jitted._last = entry if jitted._last is not None and entry.fits is jitted._last.fits else None
                    call = None if jitted._looks else fast.call_of(function)
                    jitted._quick = quick_call(entry, call, jitted._alone, jitted._slow, len(args))
            fast.listeners.append(listener)
            self._made[key] = fast
            listener(fast.current)
            return self._table[key]

    def _plain(self, args: tuple[Any, ...]) -> Entry:
        """The derivative as text; of a function its own value, of which the text only tells what is to be guarded."""
        entry = super()._compile(args)
        if self._request is not ITSELF:
            return entry
        return replace(entry, function=calling(self._of), agree=None, shaped=None)

    def _fast(self, plain: Entry, key: Any, args: tuple[Any, ...]) -> Fast:
        """What runs the derivative for arguments of these kinds; one that was made for the same function serves."""
        place = in_python(self._fn)
        table = attached(place, "__tangent2_fast__") if isinstance(place, FunctionType) else {}
        options = self._request, current(), key, self._strict, self._keep
        known = table.get(options)
        if known is None or known.modules is not plain.modules:
            known = table[options] = Fast(
                function_name(self._of), place_of(self._fn), plain.function, partial(self._whole, args),
                strict=self._strict, keep=self._keep, clock=choosing.CLOCK)
            known.modules = plain.modules
        return known

    def _whole(self, args: tuple[Any, ...]) -> Whole:
        compiler = WholeCompiler()
        return whole_text(compiler, self._fn, self._request, signature(args, compiler.function_kind))

    def whole(self, kinds: tuple[Kind, ...]) -> Whole:
        """The text for arguments of some kinds, which Numba's types tell."""
        return whole_text(WholeCompiler(), self._fn, self._request, kinds)

    def decided(self, *args: Any, **kwargs: Any) -> str:
        """Whether a call with these arguments runs Numba's code, and why; the call is made."""
        return self._way(args, kwargs).why

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the module, with a remark on what runs it for arguments like these."""
        text = super().source(*args, **kwargs)
        return f"# jit: {self.decided(*args, **kwargs)}\n{text}" if args or kwargs else f"# jit\n{text}"

    def compiled_source(self, *args: Any) -> str:
        """The text that Numba is given for arguments like these; empty if they run as NumPy."""
        return self._way(args, {}).text or ""

    def _way(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Way:
        """How calls with arguments of these kinds and sizes are made."""
        if kwargs or len(args) != self._count:
            args = self._bind(args, kwargs)
        args = lowered(tuple(args))
        entry = self._entry(args)
        entry.function(*args)
        return self._made[lookup_key(args)].way(args)

    def dispatcher(self, *args: Any) -> Any:
        """Numba's function for arguments of these kinds, to be called by others of Numba's."""
        return import_module("tangent2.jitting.called_by_numba").of_values(self, args)

    def __reduce__(self) -> Any:
        """By name where it has one; else by what it compiles, which is text if that has no name."""
        fn, name = self.__wrapped__, getattr(self.__wrapped__, "__qualname__", "")
        if standing_at(self.__module__, name) is self:
            return name
        if isinstance(fn, FunctionType) and not isinstance(self._of, Made) and standing_at(
                fn.__module__, name) is not fn:
            return super().__reduce__()
        return made_again, (jit, self._of, self._by[1])


def _derived(compiler: Compiler, callee: Callee | Prim, captured: int, **options: bool) -> Callee:
    """What is compiled in code that is differentiated: that is compiled as a whole, or not."""
    return callee_of_value(callee)


def calling(fn: Any) -> Callable[..., Any]:
    """A function as one of its arguments in a row, those by keyword only at the end."""
    try:
        params = list(signature_of(fn).parameters.values())
    except (TypeError, ValueError):
        return fn
    names = [p.name for p in params if p.kind is p.KEYWORD_ONLY]
    if not names:
        return fn
    return lambda *args: fn(*args[:-len(names)], **dict(zip(names, args[-len(names):])))


def jit(f: Any = LATER, strict: bool = False, cache: bool = False) -> Any:
    """A function, or what a transform made of one, compiled by Numba.

    f: a function or the result of `grad` and so on.  strict: raise `TangentError` for what cannot be compiled, which
    otherwise runs as NumPy, with a `JitWarning`.  cache: keep compiled code on disk, for the next process.
    Also a decorator: `@jit`, `@jit(strict=True)`.
    The result takes the arguments of `f` and gives what `f` does.  For arguments of new kinds, or of another size, it
    is compiled, run both ways, and the faster one is kept.  Raises `TangentError` where Numba is not installed.

    >>> import numpy as np, tangent2
    >>> slope = jit(tangent2.grad(lambda x: np.sum(np.sin(x) * x)))     # doctest: +SKIP
    >>> slope(np.array([0.0, 1.0]))                                     # doctest: +SKIP
    array([0.        , 1.38177329])
    """
    if f is LATER:
        return Decorator(jit, {"strict": strict, "cache": cache})
    check_callable(f)
    needed()
    import_module("tangent2.jitting.called_by_numba").register(Jitted)
    if is_variadic(f) and not takes_more(f):
        return _variadic(f, strict, cache)
    of = f._of if isinstance(f, Jitted) else f
    name = function_name(of)
    if isinstance(of, Made):        # a derivative keeps its name
        made = Jitted(of, name, f"{of._what.rstrip('.')}, compiled.", strict, cache)
    else:
        made = Jitted(of, f"jit_{name}", f"{name}, compiled.", strict, cache)
    return made_by(made, jit, strict=strict, cache=cache)


jit.__tangent2_transform__ = True  # type: ignore[attr-defined]
jit.__tangent2_derive__ = _derived  # type: ignore[attr-defined]


def _variadic(f: Any, strict: bool, cache: bool) -> Variadic:
    """A function of any number of arguments, or what was made of one: compiled for each number."""
    fn, make = (f._fn, f._make) if isinstance(f, Variadic) else (f, lambda of: of)
    name = function_name(f)

    def whole() -> Any:
        raise UnsupportedError(f"`{name}`, which takes any number of arguments, is compiled, and called by what is "
                               "differentiated", construct="jit", advice="call it as it was before `jit`")
    made = Variadic(fn, lambda of: jit(make(of), strict, cache), whole, name, f"{name}, compiled.")
    return made_by(made, jit, strict=strict, cache=cache)
