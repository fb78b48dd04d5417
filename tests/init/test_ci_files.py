"""The action and the jobs we write: YAML that parses, and every command of ours in them exists with those options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import click
import pytest
import yaml

from tillproof.cli import command_line
from tillproof.starter.project import GITHUB, GITLAB
from tillproof_reports import KINDS

ACTION = (Path(__file__).parents[2] / "action.yml").read_text()
TEXTS = {"the action": ACTION, "init --ci github": GITHUB, "init --ci gitlab": GITLAB}


def texts(value: object) -> Iterator[str]:
    """Yield every text in a YAML value."""
    if isinstance(value, dict | list):
        inner = cast("dict[str, object] | list[object]", value)
        for one in inner.values() if isinstance(inner, dict) else inner:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


def commands(text: str) -> list[list[str]]:
    """Return the words of every `tillproof` command in a CI file."""
    lines = [line.strip() for value in texts(yaml.safe_load(text)) for line in value.splitlines()]
    return [shlex.split(line.partition("||")[0]) for line in lines if re.match(r"tillproof (?!could)", line)]


@pytest.mark.parametrize("name", TEXTS)
def test_commands_exist(name: str) -> None:
    """Each `tillproof` command is one of ours, and takes those options; each report is of a kind there is."""
    found = commands(TEXTS[name])
    assert {words[1] for words in found} == {"run", "report"}
    context = click.Context(command_line)
    for _, name_, *words in found:
        assert isinstance(command_line, click.Group)
        command = command_line.get_command(context, name_)
        assert command is not None
        options = {opt for parameter in command.params for opt in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options
        kinds = [word.partition("=")[0] for before, word in pairwise(words) if before == "--to"]
        assert set(kinds) <= set(KINDS)


def test_options_the_action_adds() -> None:
    """What the action puts together in a list of words are options of `tillproof run`, too."""
    context = click.Context(command_line)
    assert isinstance(command_line, click.Group)
    run = command_line.get_command(context, "run")
    assert run is not None
    added = set(re.findall(r"chosen\+=\((--[a-z-]+)", ACTION))
    assert added == {"--processor", "--gateway", "--baseline"}
    assert added <= {opt for parameter in run.params for opt in parameter.opts}


@pytest.mark.parametrize("text", [ACTION, GITHUB])
def test_nothing_from_outside_becomes_a_command(text: str) -> None:
    """No expression of GitHub's stands inside a shell script, and the token's comment never fails the job."""
    value = yaml.safe_load(text)
    steps = value["runs"]["steps"] if "runs" in value else value["jobs"]["tillproof"]["steps"]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []
    commenting = [step for step in steps if "GH_TOKEN" in step.get("env", {})]
    assert all(step["continue-on-error"] for step in commenting)


def test_the_gate_comes_last() -> None:
    """The summary and the page are there before the job fails."""
    names = [step["name"] for step in yaml.safe_load(ACTION)["runs"]["steps"]]
    assert names.index("Write the reports") < names.index("Keep the page") < names.index("Gate") == len(names) - 1
