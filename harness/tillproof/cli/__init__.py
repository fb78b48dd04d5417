"""
The command line: it parses, delegates, and turns every error into at most three lines and an exit code.

Each command is a file of its own, imported when it is asked for: `tillproof --help` loads no engine and no report.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import click

from tillproof import __version__
from tillproof.cli.failing import failure_lines
from tillproof.exits import Exit


class _Listed(NamedTuple):
    module: str
    says: str


class _Commands(click.Group):
    """A group whose commands are imported late."""

    table: ClassVar[dict[str, _Listed]] = {
        "run": _Listed("tillproof.cli.run", "Prove whether a payment processor is safe to retry."),
        "demo": _Listed("tillproof.cli.demo", "See it work: two honest processors and a liar."),
        "replay": _Listed("tillproof.cli.replay", "See one finding's run again, step by step."),
        "report": _Listed("tillproof.cli.report", "Make a report from a log: HTML, Markdown, JUnit, SARIF, ..."),
        "compare": _Listed("tillproof.cli.compare", "Compare two logs: what is new, still there, fixed."),
        "merge": _Listed("tillproof.cli.merge", "Put the logs of a campaign's shards together."),
        "accept": _Listed("tillproof.cli.accept", "Accept findings as known, for a reason and until a day."),
        "watch": _Listed("tillproof.cli.watch", "Replay the last findings whenever the processor is saved."),
        "init": _Listed("tillproof.cli.init", "Write a configuration, a test, a CI job, or a fake gateway."),
        "explain": _Listed("tillproof.cli.explain", "Explain a rule, or the contract of a processor."),
        "list": _Listed("tillproof.cli.listing", "List rules, journeys, faults, dialects or processors."),
        "serve": _Listed("tillproof.cli.serve", "Serve the reference shop, or a fake Stripe, PayPal or bank."),
        "selftest": _Listed("tillproof.cli.selftest", "Try tillproof itself: liars are caught, the honest are not."),
        "schema": _Listed("tillproof.cli.schema", "Print the JSON Schema of the report log."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a newcomer meets them."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        del ctx
        listed = self.table.get(cmd_name)
        if listed is None:
            return None
        command: click.Command = importlib.import_module(listed.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.says) for name, listed in self.table.items()])


@click.group(
    cls=_Commands,
    help="Is your payment code safe to retry? tillproof loses every answer, kills the shop at every step, repeats every "
    "request, and then counts the money.",
    epilog="Exit codes: 0 conformant; 1 findings; 2 the command cannot be used; 3 tillproof itself failed; 4 no verdict; "
    "130 interrupted.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="tillproof %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback when tillproof itself fails.")
def command_line(*, debug: bool) -> None:
    """Take `--debug` here so that help names it; `main` has acted on it already."""
    del debug


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code (`exits.Exit`). Only `--debug` lets an exception out."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        code = command_line.main([word for word in given if word != "--debug"], "tillproof", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message())
        return Exit.CONFORMANT
    except (KeyboardInterrupt, click.Abort):
        click.echo("\ninterrupted: no verdict, and nothing was saved", err=True)
        return Exit.INTERRUPTED
    except Exception as error:
        if debug:
            raise
        lines, exit_code = failure_lines(error)
        for line in lines:
            click.echo(line, err=True)
        return exit_code
    return int(code or Exit.CONFORMANT)
