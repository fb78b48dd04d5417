"""`tillproof init`: the files a project needs to be tested; `init gateway`: a fake of one's own gateway to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from tillproof.cli import running
from tillproof.config import Config, load_config, several
from tillproof.errors import Misuse
from tillproof.starter.gateway import EXAMPLE, as_python, as_toml
from tillproof.starter.project import CI, configuration, own_test
from tillproof.targets.recording import sketched

_EXAMPLE = "mypay:MyPay"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")


@click.group(name="init", invoke_without_command=True, help="Write configuration, a test and a CI job. Never overwrites.")
@click.option("--ci", type=click.Choice(list(CI)), help="Write a job for this service, too.")
@click.option("--processor", metavar="MODULE:CLASS", help="What to test, if not what the configuration names.")
@click.pass_context
def command(context: click.Context, *, ci: str | None, processor: str | None) -> None:  # noqa: D103  (click shows `help`)
    if context.invoked_subcommand is not None:
        return
    settings = load_config(Path())
    name = processor or next(iter(several(settings.processor)), _EXAMPLE)
    if not name.isascii() or not name.isprintable():
        raise Misuse(
            f"{name!r} names no processor class", seen="it is written module:Class", type_=f"--processor {_EXAMPLE}"
        )
    lines = [_configured(settings, name)]
    tests = Path("tests") if Path("tests").is_dir() else Path()
    lines.append(_written(tests / "test_safe_to_retry.py", own_test(name)))
    if ci is not None:
        path, text = CI[ci]
        lines.append(_written(Path(path), text))
    known = name != _EXAMPLE or Path("mypay.py").exists()
    lines += ["", "next  tillproof run" if known else f"next  put your own class for {_EXAMPLE}, then: tillproof run"]
    running.show(lines)


@command.command(name="gateway", help="Write a fake of your own gateway to start from, by what your processor calls.")
@click.argument("name")
@click.option("--processor", metavar="MODULE:CLASS", help="Whose calls to start from, if not what the configuration names.")
@click.option("--toml", is_flag=True, help="Describe it in NAME.toml instead of writing Python.")
def gateway(*, name: str, processor: str | None, toml: bool) -> None:  # noqa: D103  (click shows `help`)
    if not _NAME.fullmatch(name):
        raise Misuse(f"no name for a gateway: {name!r}", seen="letters, digits, dashes", type_="tillproof init gateway acme")
    spec = processor or next(iter(several(load_config(Path()).processor)), "")
    own = ":" in spec and not spec.startswith("liar:")
    if processor and not own:
        raise Misuse(f"{processor} is no class of yours", seen="it is written module:Class", type_=f"--processor {_EXAMPLE}")
    sketch = sketched(spec, Path.cwd()) if own else EXAMPLE
    words = [word for word in re.split(r"[-_]", name) if word]
    cls = f"{''.join(word[0].upper() + word[1:] for word in words)}Gateway"
    if toml:
        path = Path(f"{'_'.join(words).lower()}.toml")
        written, typed = _written(path, as_toml(sketch, cls)), str(path)
    else:
        module = f"{'_'.join(words).lower()}_gateway"
        written, typed = _written(Path(f"{module}.py"), as_python(sketch, cls)), f"{module}:{cls}"
    by = f" --processor {spec}" if own else ""
    told = [f"  {call:40} {verb}" for call, verb, _ in sketch.routes] if own else []
    running.show([written, *told, "", f"next  check its routes and words, then: tillproof run{by} --gateway {typed}"])


def _configured(settings: Config, processor: str) -> str:
    """Write `tillproof.toml`, unless there are settings already: it would win over those in `pyproject.toml`."""
    if settings != Config() and not Path("tillproof.toml").exists():
        return "kept  [tool.tillproof] of pyproject.toml, as it was"
    return _written(Path("tillproof.toml"), configuration(processor))


def _written(path: Path, text: str) -> str:
    """Write a file that is not there yet, and say what was done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return f"kept  {path}, as it was"
    except OSError as error:
        raise Misuse(f"cannot write {path}", seen=str(error.strerror), type_="run it in a folder you may write") from None
    return f"wrote {path}"
