"""A derivative for arguments of some kinds, run by Numba's code or as NumPy: which is decided by its first calls."""
from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tangent2.errors import JitWarning, TangentError, UnsupportedError
from tangent2.jitting import boundary, choosing
from tangent2.jitting.building import built, compile_for, explained, needed
from tangent2.jitting.spelling import Spelled, spelled
from tangent2.jitting.whole import Whole
from tangent2.python.load import module_of_text

MOST_FAILURES = 3       # calls that compiled code does not get through although the text does
_HERE = str(Path(__file__).parent.parent)
NOTED = "the text raises nothing there"


@dataclass
class Version:
    """The text spelled in one way, compiled; `known`: the types of arguments it is compiled for."""

    text: Spelled
    function: Any
    file: str
    known: set[Any] = field(default_factory=set)


@dataclass(frozen=True)
class Call:
    """A call of compiled code as text: under which condition on the sizes of `x0`, `x1` ..., what gives the result."""

    condition: str
    result: str
    names: dict[str, Any]


@dataclass
class Way:
    """How calls are made with arguments of some size: `function` takes them.  `why` compiled, or not; `text` that
    Numba was given."""

    function: Callable[..., Any]
    why: str
    text: str | None = None
    call: Call | None = None


class Unfit(Exception):
    """Compiled code does not do what the text does."""


class Fast:
    """Runs `plain`, or what Numba makes of the text of `whole()`.

    strict: what cannot be compiled is refused.  keep: compiled code is kept on disk.  listeners: are
    told which function to call from now on.  clock: tells seconds.
    """

    def __init__(self, name: str, place: Any, plain: Callable[..., Any], whole: Callable[[], Whole], *, strict: bool,
                 keep: bool, clock: choosing.Clock) -> None:
        self.name, self.place, self.plain, self.whole = name, place, plain, whole
        self.strict, self.keep, self.clock = strict, keep, clock
        self.listeners: list[Callable[[Callable[..., Any]], None]] = []
        self.current: Callable[..., Any] = self
        self.made: Whole | None = None
        self.versions: list[Version] | None = None
        self.ways: dict[int, Way] = {}
        self.failures = 0
        self.modules: Any = None        # what the text is of
        self.refused: str | None = None

    # ---- what is called ----

    def __call__(self, *args: Any) -> Any:
        """Call the way that was decided on for arguments of this size, or decide."""
        self.sizes, self.count = boundary.extents_text(args), len(args)
        number = choosing.size_class(self._size(args))
        way = self.ways.get(number)
        if way is not None and (self.refused is not None or self._is_known(args)):
            self.install(way.function)
            return way.function(*args)
        try:
            way, result = self._decided(args)
        except _Undecided as undecided:
            return undecided.args[0]
        self.ways[number] = way
        self.install(way.function)
        return result()

    def way(self, args: tuple[Any, ...]) -> Way:
        """How calls with arguments of this size are made, once it is decided."""
        return self.ways[choosing.size_class(self._size(args))]

    def call_of(self, function: Callable[..., Any]) -> Call | None:
        """The text of a call of compiled code that a function makes."""
        return next((way.call for way in self.ways.values() if way.function is function), None)

    def install(self, function: Callable[..., Any]) -> None:
        """Let all who call this call a function instead."""
        self.current = function
        for listener in self.listeners:
            listener(function)

    def _size(self, args: tuple[Any, ...]) -> int:
        if not self.sizes:
            return 0
        found: int = eval(self.sizes, {f"x{k}": arg for k, arg in enumerate(args)})     # a text of our own
        return found

    def _is_known(self, args: tuple[Any, ...]) -> bool:
        """Whether nothing is compiled anew for arguments of these types, such as arrays of another layout."""
        if not self.versions:
            return True
        return _types(self._given(args)) in self.versions[0].known

    # ---- deciding ----

    def _decided(self, args: tuple[Any, ...]) -> tuple[Way, Callable[[], Any]]:
        """How to call, and what gives the result of this call."""
        if self.refused is None:
            try:
                return self._tried(args)
            except (TangentError, Unfit) as error:
                if self.strict:
                    self._refuse(str(getattr(error, "reason", error)), getattr(error, "origin", None))
                result = self.plain(*args)      # if it raises, that is what there is to be said
                self._refuse(str(getattr(error, "reason", error)), getattr(error, "origin", None))
                return Way(self._as_text(None), f"runs as NumPy: {self.refused}"), lambda: result
            except _Said as said:
                raise said.error from said.error.__cause__
        return Way(self._as_text(None), f"runs as NumPy: {self.refused}"), lambda: self.plain(*args)

    def _tried(self, args: tuple[Any, ...]) -> tuple[Way, Callable[[], Any]]:
        versions = self._versions(args)
        number = choosing.size_class(self._size(args))
        if not versions[0].text.has_loop and self._size(args) >= choosing.LARGE:
            why = "runs as NumPy: it has no loop, and on arrays of this size NumPy's own functions are as fast"
            return Way(self._as_text(number), why), lambda: self.plain(*args)
        reason: Exception = Unfit("nothing was compiled")
        for version in list(versions):
            try:
                self._compile(version, args)
                return self._measured(version, args, number)
            except (UnsupportedError, Unfit) as error:
                reason = error
                versions.remove(version)
        raise reason

    def _measured(self, version: Version, args: tuple[Any, ...], number: int) -> tuple[Way, Callable[[], Any]]:
        """The faster way; raises if compiled code does something else than the text."""
        call = self._caller(version)
        found = self._both(call, args, version.text.has_loop)
        try:
            change = boundary.change_by(self.made.result) if found.plain is None and self.made is not None \
                else boundary.change_to(found.expected)
        except boundary.NotTold:
            raise Unfit("of what class its results are is not known before the text has run") from None
        result = found.result if change is None else change(found.result)
        if found.plain is not None and not boundary.agrees(result, found.expected):
            raise Unfit("Numba's code gives another result")
        seconds = f"{_spoken(found.compiled)} against {_spoken(found.plain)}" if found.plain is not None else \
            _spoken(found.compiled)
        if not found.is_faster:
            return Way(self._as_text(number), f"runs as NumPy: compiled it is slower ({seconds})"), \
                lambda: found.expected
        function, call_ = self._as_compiled(version, change, args, number)
        return Way(function, f"compiled by Numba: {seconds}", version.text.text, call_), \
            lambda: result if found.plain is None else found.expected

    def _both(self, call: Callable[..., Any], args: tuple[Any, ...], has_loop: bool) -> choosing.Measured:
        try:
            return choosing.measured(lambda: call(*args), lambda: self._plainly(args), has_loop, self.clock)
        except _Raised as raised:
            result = self.plain(*args)       # raises, most likely: what Python has to say
            self.failures += 1
            if self.failures < MOST_FAILURES:
                raise _Undecided(result) from None
            self.failures = 0
            raise Unfit(f"Numba's code raises {raised}, and {NOTED}") from None

    def _plainly(self, args: tuple[Any, ...]) -> Any:
        """The result of the text; what it raises is the user's to see."""
        try:
            return self.plain(*args)
        except Exception as error:
            raise _Said(error) from None

    def _caller(self, version: Version) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            given = self._given(args)
            try:
                return version.function(*given)
            except Exception as error:
                raise _Raised(f"{type(error).__name__}: {error}") from None
        return call

    def _given(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple([*map(boundary.packed, args), *[boundary.packed(read()) for read in self._reads()]])

    def _reads(self) -> list[Callable[[], Any]]:
        """What gives the values that the entry takes after its arguments."""
        if self.made is None or not self.versions:
            return []
        return [_reading(self.made.emitted.captured[name]) for name in self.versions[0].text.captured]

    # ---- compiling ----

    def _versions(self, args: tuple[Any, ...]) -> list[Version]:
        """The text with loops in the place of operations on arrays, if there are any; and without."""
        if self.versions is None:
            needed()
            self.made = self.whole()
            self._check(self.made)
            emitted = self.made.emitted
            captured = list(emitted.captured)
            texts = [spelled(emitted.text, emitted.entry, self.made.names, captured, on) for on in (True, False)]
            if not texts[0].loops:
                texts.pop()
            self.versions = [Version(text, *built(text, emitted.entry, self.keep)) for text in texts]
        if not self.versions:
            raise Unfit("nothing is left that could be compiled")
        return self.versions

    def _check(self, whole: Whole) -> None:
        if whole.emitted.callees:
            name = next(iter(whole.emitted.callees))
            raise UnsupportedError(f"it calls `{name}`, whose text is not compiled", construct="jit")
        if whole.writes:
            raise UnsupportedError("it writes to its arguments, or tells them apart by their memory", construct="jit")

    def _compile(self, version: Version, args: tuple[Any, ...]) -> None:
        given = self._given(args)
        if _types(given) in version.known:
            return
        try:
            version.known.add(compile_for(version.function, given))
        except Exception as error:      # whatever Numba meets, the text still runs
            reason, line = explained(error, version.text)
            origin = self.made.emitted.lines.get(line) if self.made is not None and line is not None else None
            raise UnsupportedError(reason, construct="jit", origin=origin) from None

    def _refuse(self, reason: str, origin: Any) -> None:
        if self.strict:
            raise UnsupportedError(f"`{self.name}` cannot be compiled: {reason}", origin=origin or self.place,
                                   construct="jit", advice="leave strict=True out, and it runs as NumPy")
        self.refused = reason
        place = origin or self.place
        where = "" if place is None else f" ({place.file}:{place.line})"
        warnings.warn(f"`{self.name}`{where} is not compiled, it runs as NumPy: {reason}", JitWarning,
                      stacklevel=frames_inside())

    def _failed(self, version: Version, args: tuple[Any, ...]) -> Any:
        """Numba's code raised, or was given types that it is not compiled for: the text says what is right."""
        if _types(self._given(args)) not in version.known:
            return self(*args)
        result = self.plain(*args)
        self.failures += 1
        if self.failures >= MOST_FAILURES and self.versions and version in self.versions:
            self.failures = 0
            self.versions.remove(version)
            self.ways.clear()
            if not self.versions:
                self._refuse(f"Numba's code raises, and {NOTED}", None)
            self.install(self)
        return result

    # ---- the functions that are called ----

    def _as_text(self, number: int | None) -> Callable[..., Any]:
        """A function that runs the text, for arguments of a size, or of any."""
        return self._bounded(["return plain(ARGS)"], {"plain": self.plain}, number)

    def _as_compiled(self, version: Version, change: Any, args: tuple[Any, ...],
                     number: int) -> tuple[Callable[..., Any], Call]:
        """A function that gives arguments to Numba and the result as the text gives it, and its text."""
        names = {"made": version.function, "failed": lambda *args: self._failed(version, args), "change": change,
                 "packed": boundary.packed}
        given = [f"x{k}" if boundary.is_packed(arg) else f"packed(x{k})" for k, arg in enumerate(args)]
        for k, read in enumerate(self._reads()):
            names[f"r{k}"] = read
            given.append(f"r{k}()" if boundary.is_packed(read()) else f"packed(r{k}())")
        made = f"made({', '.join(given)})"
        lines = ["try:", f"    result = {made}", "except Exception:", "    return failed(ARGS)",
                 "return result" if change is None else "return change(result)"]
        low, high = choosing.bounds_of(number)
        call = Call(f"{low} <= {self.sizes} < {high}" if self.sizes else "True",
                    made if change is None else f"change({made})", names)
        return self._bounded(lines, names, number), call

    def _bounded(self, lines: list[str], names: dict[str, Any], number: int | None) -> Callable[..., Any]:
        """A function for arguments of one size; for others the decision is made anew."""
        low, high = choosing.bounds_of(number or 0)
        if number is not None and self.sizes:
            lines = [f"if not {low} <= {self.sizes} < {high}:", "    return anew(ARGS)", *lines]
        params = ", ".join([f"x{k}" for k in range(self.count)])
        text = "\n    ".join([f"def call({params}):", *lines]).replace("ARGS", params)
        return module_of_text(text + "\n", f"tangent2 jit {self.name}", {**names, "anew": self})["call"]


class _Raised(Exception):
    """Compiled code raised."""


class _Said(Exception):
    """The text raises an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class _Undecided(Exception):
    """These arguments do not tell which way is faster; with the result of the call."""


def frames_inside() -> int:
    """How many frames up the user's call is: those of this package, and of what it made, are left out."""
    frame, count = sys._getframe(1), 1
    while frame is not None and frame.f_back is not None and (
            frame.f_code.co_filename.startswith((_HERE, "<tangent2", "<conditions"))):
        frame, count = frame.f_back, count + 1
    return count


def _reading(captured: Any) -> Callable[[], Any]:
    """What reads a value from outside; arrays so that nothing is written to them, which would happen twice."""
    def read() -> Any:
        value = captured.read()
        if type(value) is np.ndarray:
            value = value.view()
            value.flags.writeable = False
        return value
    return read


def _types(given: tuple[Any, ...]) -> Any:
    try:
        return tuple(map(needed().typeof, given))
    except Exception as error:      # what it is, Numba does not know
        raise UnsupportedError(f"{error}".partition("\n")[0], construct="jit") from None


def _spoken(seconds: float | None) -> str:
    """A time in words.

    >>> _spoken(2.5e-6), _spoken(0.0031), _spoken(2.0)
    ('2.5 us', '3.1 ms', '2 s')
    """
    assert seconds is not None
    for factor, unit in ((1e6, "us"), (1e3, "ms")):
        if seconds * factor < 1000:
            return f"{seconds * factor:.2g} {unit}" if seconds * factor < 99.5 else f"{seconds * factor:.0f} {unit}"
    return f"{seconds:.3g} s"
