"""`tillproof init`: the files a project needs to be tested; `init gateway`: a fake of one's own gateway to start from."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import click

from tillproof.cli import running
from tillproof.config import Config, load_config, several
from tillproof.errors import Misuse
from tillproof.starter.project import CI, configuration, own_test

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


@command.command(name="gateway", help="Write a fake of your own gateway to start from: NAME_gateway.py.")
@click.argument("name")
def gateway(*, name: str) -> None:  # noqa: D103  (click shows `help`)
    if not _NAME.fullmatch(name):
        raise Misuse(f"no name for a gateway: {name!r}", seen="letters, digits, dashes", type_="tillproof init gateway acme")
    words = [word for word in re.split(r"[-_]", name) if word]
    module, cls = f"{'_'.join(words).lower()}_gateway", f"{''.join(word[0].upper() + word[1:] for word in words)}Gateway"
    text = files("tillproof.starter").joinpath("own_gateway.py").read_text(encoding="utf-8").replace("OwnGateway", cls)
    running.show(
        [
            _written(Path(f"{module}.py"), text),
            "",
            f"next  give it your gateway's routes and words, then: tillproof run --gateway {module}:{cls}",
        ]
    )


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
