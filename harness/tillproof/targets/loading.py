"""`module:Class`: from what a person typed to a processor class, or three lines that say why not."""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

import msgspec

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.processor import EFFECTS, METHODS
from tillproof.contract.wire import PARAMETERS
from tillproof.errors import Misuse

_CONTRACT = "tillproof explain contract    (what you don't support is declared, not left out)"
_WRITTEN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A class that is a payment processor. `file` is where its code is; `takes_gateway`: its `__init__` wants one."""

    spec: str
    cls: type
    identifier: str
    capabilities: Capabilities
    file: str
    takes_gateway: bool


def load(spec: str, folder: Path) -> Loaded:
    """
    Import `module:Class`, the module being importable from `folder`, and check that it is a payment processor.

    A subclass of `PaymentProcessor` will do, and so will any class with the ten methods. Runs the module's code, so it
    belongs in the worker process. Raises `Misuse` with the module's own error, or with what the class lacks.
    """
    if not _WRITTEN.fullmatch(spec):
        raise Misuse(
            f"{spec!r} names no processor class",
            seen="it is written module:Class",
            type_="for example: --processor mypay:MyPay",
        )
    module_name, _, class_name = spec.partition(":")
    module = _import(module_name, folder)
    cls = getattr(module, class_name, None)
    if not isinstance(cls, type):
        raise _no_such_class(module, class_name)
    _check_methods(spec, cls)
    return Loaded(
        spec=spec,
        cls=cls,
        identifier=_identifier(spec, cls),
        capabilities=_capabilities(spec, cls),
        file=place(getattr(module, "__file__", None) or module_name, folder),
        takes_gateway=_takes_gateway(spec, cls),
    )


def blame(error: BaseException, folder: Path) -> str:
    """Return `file:line` of the innermost frame that is the user's own code, or an empty text where there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{place(error.filename, folder)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    return next((f"{place(f.filename, folder)}:{f.lineno}" for f in reversed(frames) if own(f.filename, folder)), "")


def own(file: str, folder: Path) -> bool:
    """Say whether the file is the user's own code: in their folder, and not in an environment that lies inside it."""
    path = Path(file)
    return path.is_relative_to(folder) and not {"site-packages", ".venv"} & set(path.parts)


def place(file: str, folder: Path) -> str:
    """Write a file's name as the person would: relative to their folder where it is inside."""
    path = Path(file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def could_not(what: str, error: BaseException, folder: Path, *, type_: str) -> Misuse:
    """Return the error for user code that raised while `what` was done with it: its own words first."""
    where = blame(error, folder)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    told = f"{type(error).__name__}: {text}".splitlines()[0] + (f" ({where})" if where else "")
    return Misuse(f"{what}: {told}", seen=f"tillproof ran it with {sys.executable}", type_=type_)


def _import(name: str, folder: Path) -> ModuleType:
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name in {name, name.partition(".")[0]}
        if missing:
            there = sorted(path.stem for path in folder.glob("*.py"))
            close = difflib.get_close_matches(name, there, n=1)
            raise Misuse(
                f"there is no module {name}",
                seen="in the current folder: " + (", ".join(there[:8]) or "no Python files"),
                type_=f"did you mean {close[0]}?" if close else "run tillproof in the folder that holds the module",
            ) from error
        type_ = (
            "install tillproof beside your packages, then: python -m tillproof run --processor ..."
            if isinstance(error, ImportError)
            else f"python -c 'import {name}'"
        )
        raise could_not(f"{name} could not be imported", error, folder, type_=type_) from error


def _no_such_class(module: ModuleType, name: str) -> Misuse:
    found = getattr(module, name, None)
    classes = sorted(n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == module.__name__)
    close = difflib.get_close_matches(name, classes, n=1, cutoff=0.5)
    return Misuse(
        f"{module.__name__} has no class {name}" if found is None else f"{module.__name__}:{name} is no class",
        seen="classes there: " + (", ".join(classes[:8]) or "none"),
        type_=f"did you mean {module.__name__}:{close[0]}?" if close else f"python -c 'import {module.__name__}'",
    )


def _check_methods(spec: str, cls: type) -> None:
    there = {name: getattr(cls, name, None) for name in METHODS}
    lacking = [n for n, m in there.items() if not callable(m) or getattr(m, "__isabstractmethod__", False)]
    checked = [name for name in PARAMETERS if name not in lacking and callable(getattr(cls, name, None))]
    plain = [name for name in checked if not inspect.iscoroutinefunction(getattr(cls, name))]
    keyless = [name for name in checked if name in EFFECTS and not _bindable(cls, name) and _bindable(cls, name, short=1)]
    misfit = [name for name in checked if name not in keyless and not _bindable(cls, name)]
    if not lacking + plain + keyless + misfit:
        return
    said = [
        _about(lacking, "it lacks {}"),
        _about(keyless, "{} takes no attempt (the idempotency key)", "{} take no attempt (the idempotency key)"),
        _about(misfit, "{} takes other parameters", "{} take other parameters"),
        _about(plain, "{} is not async", "{} are not async"),
    ]
    first, *others = [text for text in said if text]
    seen = f"{len(METHODS) - len(lacking)} of {len(METHODS)} methods"
    if lacking:
        seen += "; " + "; ".join(others) if others else ""
    else:
        example = (keyless + misfit + plain)[0]
        seen = "; ".join([*others, f"{example}(self, {', '.join(PARAMETERS[example])}) is the contract's"])
    raise Misuse(f"{spec} is not a payment processor: {first}", seen=seen, type_=_CONTRACT)


def _bindable(cls: type, name: str, *, short: int = 0) -> bool:
    """Whether the method can be called with the contract's arguments, or with the last `short` of them left out."""
    try:
        signature = inspect.signature(getattr(cls, name))
        signature.bind(*range(1 + len(PARAMETERS[name]) - short))
    except (TypeError, ValueError):
        return False
    return True


def _about(names: list[str], one: str, many: str = "") -> str:
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return (many if many and len(names) > 1 else one).format(listed)


def _identifier(spec: str, cls: type) -> str:
    identifier = getattr(cls, "identifier", None)
    if isinstance(identifier, str) and _IDENTIFIER.fullmatch(identifier):
        return identifier
    raise Misuse(
        f"{spec} is not a payment processor: it has no usable identifier",
        seen="no identifier" if identifier is None else f"identifier = {identifier!r:.60}",
        type_='identifier = "my-pay"    (letters, digits, dash, dot, underscore) in the class',
    )


def _capabilities(spec: str, cls: type) -> Capabilities:
    told = getattr(cls, "capabilities", Capabilities())
    seen = f"capabilities = {told!r:.60}"
    try:
        declared = msgspec.convert(msgspec.to_builtins(told), Capabilities) if isinstance(told, Capabilities) else None
    except (msgspec.ValidationError, TypeError) as error:
        declared, seen = None, f"capabilities: {error}"
    if declared is None:
        raise Misuse(
            f"{spec} declares its capabilities in a way that is not understood",
            seen=seen,
            type_="capabilities = Capabilities(partial_refund=False, ...)    from tillproof.contract.capabilities",
        )
    if declared.look_up and not callable(getattr(cls, "find_effect", None)):
        raise Misuse(f"{spec} declares look_up and has no find_effect", seen="look_up promises that method", type_=_CONTRACT)
    return declared


def _takes_gateway(spec: str, cls: type) -> bool:
    try:
        wanted = inspect.signature(cls).parameters
    except (TypeError, ValueError):  # a class made in C tells nothing of its parameters
        return False
    needed = [
        p.name
        for p in wanted.values()
        if p.name != "gateway" and p.default is p.empty and p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}
    ]
    if needed:
        raise Misuse(
            f"{spec} cannot be made: its __init__ wants {', '.join(needed)}",
            seen="tillproof gives it a gateway, if it has a parameter of that name, and nothing else",
            type_="give the other parameters defaults, or name a subclass that fills them in",
        )
    return "gateway" in wanted


def load_gateway(spec: str, folder: Path) -> type:
    """
    Import a gateway fake's class, `module:Class`, from `folder`: it is made with `record` and `now`, anew for every run.

    Raises `Misuse` with the module's own error, or with what the class lacks.
    """
    module_name, _, class_name = spec.partition(":")
    module = _import(module_name, folder)
    cls = getattr(module, class_name, None)
    if not isinstance(cls, type):
        raise _no_such_class(module, class_name)
    lacking = [name for name in ("handle", "enter_card", "answer_challenge") if not callable(getattr(cls, name, None))]
    if lacking:
        raise Misuse(
            f"{spec} is not a gateway fake: it lacks {' and '.join(lacking)}",
            seen="a fake has handle, enter_card and answer_challenge, and is made with record and now",
            type_="derive it from FakeGateway of tillproof_fake_processors.own, or: tillproof init gateway NAME",
        )
    return cls
