"""The command line: `tangent2 show | emit | check | explain | plot | rules | demo | examples`."""
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tangent2 import __version__
from tangent2.errors import IllFormed, TangentError
from tangent2.names import function_name
from tangent2.switches import switched
from tangent2.targets import (
    ADDED, UsageError, derivative_options, emit_command, function_named, names_of, wanted_of,
)

OK, REFUSED, USAGE, INTERNAL, STOPPED = 0, 1, 2, 3, 130
_EPILOG = """\
examples:
  tangent2 show model.py:loss --wrt w,b
  tangent2 show model.py:loss --mode forward --at "w=np.ones(3), b=0.5"
  tangent2 show model.py:loss --order 2 --at "w=np.ones(3), b=0.5"
  tangent2 emit model.py:loss --at "w=np.ones(3), b=0.5" --standalone -o loss_grad.py
  tangent2 check model.py:loss --at "w=np.ones(3), b=0.5"
  tangent2 plot model.py:curve --range -10 10 --order 2 --normalize -o curve.png
  tangent2 rules np.tanh
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit status: 0, 1 refused, 2 wrong usage, 3 a mistake of tangent2."""
    options = _parser().parse_args(argv)
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except UsageError as error:
        return _fail(f"tangent2: {error}", USAGE)
    except IllFormed as error:
        return _internal(error, options)
    except TangentError as error:
        return _fail(error.block(), REFUSED)
    except BrokenPipeError:         # `tangent2 show ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return _fail("tangent2: stopped", STOPPED)
    except Exception as error:
        return _internal(error, options)


def _internal(error: Exception, options: argparse.Namespace) -> int:
    if options.traceback:
        raise error
    return _fail(f"tangent2: a mistake of tangent2, not of yours: {type(error).__name__}: {error}\n"
                 "  advice: please report it with the function and the output of --traceback", INTERNAL)


def _fail(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tangent2", description="Readable derivatives of ordinary NumPy code.",
                                     epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"tangent2 {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    derivative_options(_command(commands, _show, "print the source of a derivative"))
    emit = _command(commands, _emit, "write a module that holds a derivative and all that it needs")
    derivative_options(emit)
    emit.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: print it)")
    emit.add_argument("--standalone", action="store_true", help="need nothing but NumPy: what the text calls is "
                                                                "printed into the module")
    derivative_options(_command(commands, _check, "compare a derivative with differences, and its modes"))
    derivative_options(_command(commands, _explain, "print every stage of the compiler on the way to a derivative"))
    _plot_options(_command(commands, _plot, "draw a function of one number and its derivatives into a PNG"))
    rules = _command(commands, _rules, "list the functions that have a derivative, or print the rule of one")
    rules.add_argument("name", nargs="?", metavar="NAME", help="as it is written: np.tanh, math.sin, abs, +, .sum; "
                       "a function with a rule of yours as FILE_OR_MODULE:FUNCTION")
    _command(commands, _demo, "print, run and verify the derivatives of an example")
    examples = _command(commands, _examples, "write the derivatives that example files ask for below their functions")
    examples.add_argument("directory", nargs="?", default="generated_examples", help="default: generated_examples")
    examples.add_argument("--check", action="store_true", help="write nothing; print what would change, and fail")
    return parser


def _command(commands: Any, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(run.__name__[1:], help=text, description=text + ".")
    command.add_argument("--traceback", action="store_true", help="show where tangent2 itself fails")
    command.set_defaults(run=run)
    return command


def _plot_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="FILE_OR_MODULE:FUNCTION")
    command.add_argument("--range", nargs=2, type=float, required=True, metavar=("FROM", "TO"),
                         help="the numbers that it is drawn for, such as -10 10 (and -1000, not -1e3)")
    command.add_argument("--order", type=int, default=1, metavar="N", help="the derivatives up to this one (default: "
                                                                           "1; 0 draws the function alone)")
    command.add_argument("--argnum", default="0", metavar="x", help="the parameter that moves, by name or position "
                                                                    "(default: the first)")
    command.add_argument("--at", metavar='"b=0.5"', help="the other parameters, where their defaults will not do")
    command.add_argument("--points", type=int, default=400, metavar="N", help="points of a curve (default: 400)")
    command.add_argument("--normalize", action="store_true", help="divide each curve by its largest absolute value")
    command.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: FUNCTION.png)")


def _show(options: argparse.Namespace) -> int:
    write(wanted_of(options).text())
    return OK


_OVERLAP = "# Nothing here checks it: arguments must not share memory, as one of them is written to.\n"
_BY_ROWS = "# Nothing here checks it: arrays must lie in memory row by row, as one is reshaped and written to.\n"


def _emit(options: argparse.Namespace) -> int:
    from tangent2.complete import complete
    from tangent2.overlap import entries
    from tangent2.pipeline import Compiler
    wanted = wanted_of(options)
    output = None if options.output is None else _to_be_written(options.output)
    place = Path.cwd() if output is None else output.resolve().parent
    changes = {"watched": False} if options.standalone else {}      # it cannot import what watches it
    with switched(**changes):
        compiler = Compiler()
        module = complete(wanted.emitted(compiler), place, standalone=options.standalone, away=frozenset(ADDED),
                          of=None if wanted.modes[-1] == "forward" else wanted.function)
    asked = entries(compiler.cores)
    told = _OVERLAP * any(entry.derived_apart for entry in asked) + _BY_ROWS * any(entry.by_rows for entry in asked)
    text = f"# Written by: {emit_command(options)}\n{told}{module}"
    if output is None:
        write(text)
        return OK
    try:
        output.write_text(text)
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {error.strerror}") from None
    return OK


def _to_be_written(name: str) -> Path:
    """The path of a file to be written; refused if that cannot be."""
    output = Path(name)
    if output.is_dir():
        raise UsageError(f"{name} cannot be written: it is a directory")
    if not output.resolve().parent.is_dir():
        raise UsageError(f"{name} cannot be written: there is no such directory")
    return output


def _plot(options: argparse.Namespace) -> int:
    from tangent2.plotting import Plot, draw
    function, along = function_named(options.target), names_of(options.argnum)
    if len(along) != 1:
        raise UsageError("a function is drawn over one parameter: --argnum takes one")
    output = _to_be_written(options.output or f"{function_name(function)}.png")
    start, stop = options.range
    draw(Plot(function, start, stop, options.order, along[0], options.at, options.points, options.normalize), output)
    print(f"wrote {output}")
    return OK


def _check(options: argparse.Namespace) -> int:
    from tangent2.verify import check
    return check(wanted_of(options), print)


def _rules(options: argparse.Namespace) -> int:
    from tangent2.rulebook import rulebook
    return rulebook(options.name, write)


def _explain(options: argparse.Namespace) -> int:
    from tangent2.explain import explain
    return explain(wanted_of(options), write)


def _demo(_: argparse.Namespace) -> int:
    from tangent2.demo import demo
    return demo(write)


def _examples(options: argparse.Namespace) -> int:
    from tangent2.examples import refresh
    return refresh(options.directory, options.check)


def write(text: str) -> None:
    """Print Python text, in colour on a terminal where pygments is installed."""
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        text = _coloured(text)
    print(text, end="" if text.endswith("\n") else "\n")


def _coloured(text: str) -> str:
    try:
        pygments, formatters, lexers = map(import_module, ("pygments", "pygments.formatters", "pygments.lexers"))
    except ImportError:
        return text
    return str(pygments.highlight(text, lexers.PythonLexer(), formatters.TerminalFormatter()))
