"""The files of a project that tests its payment processor: configuration, a test, a job of the build."""

from __future__ import annotations

import json
from collections.abc import Callable

CONFIGURATION = """\
# What `tillproof run` and `pytest --tillproof` test. The names are those of the command's options: tillproof run --help
processor = {processor}
# gateway = "mygateway:MyGateway"    # a fake of your own gateway: tillproof init gateway mygateway
# dialect = "all"                    # how the gateway treats a repeated key: tillproof list dialects
# fail-on = "should"                 # the least level of a finding that fails the build
"""

TEST = '''\
"""Is it safe to retry? Every answer is lost once, every step interrupted once, and then the money is counted."""

from __future__ import annotations

from tillproof.testing import assert_conformant


def test_purchases_are_safe_to_retry() -> None:
    """A purchase keeps people's money right, whatever goes wrong on the way; all journeys: tillproof run."""
    assert_conformant({processor}, journeys="buy")
'''

GITHUB = """\
# Is every method of the payment processor safe to retry? Green: yes, as far as the campaign reached. Red: the summary says
# who loses what, and how it would happen.
name: tillproof
on: [push, pull_request]
permissions:
  contents: read
jobs:
  tillproof:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install tillproof beside your packages
        run: |
          python -m pip install tillproof
          if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi
      - name: Run the campaign
        run: tillproof run
      - name: Write the reports
        if: ${{ !cancelled() && hashFiles('.tillproof/last.jsonl') != '' }}
        run: |
          tillproof report --to html=tillproof.html --to markdown=tillproof.md
          cat tillproof.md >> "$GITHUB_STEP_SUMMARY"
      - uses: actions/upload-artifact@v4
        if: ${{ !cancelled() && hashFiles('tillproof.html') != '' }}
        with:
          name: tillproof
          path: tillproof.html
"""

GITLAB = """\
# Is every method of the payment processor safe to retry? Green: yes, as far as the campaign reached. Red: the log says who
# loses what; the findings show in the merge request.
tillproof:
  image: python:3.12-slim
  timeout: 15 minutes
  script:
    - python -m pip install tillproof
    - if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi
    - tillproof run
  after_script:
    - tillproof report --to html=tillproof.html --to junit=tillproof.xml --to gitlab=tillproof.json
  artifacts:
    when: always
    expose_as: tillproof
    paths: [tillproof.html]
    reports:
      junit: tillproof.xml
      codequality: tillproof.json
"""

CI: dict[str, tuple[str, str]] = {
    "github": (".github/workflows/tillproof.yml", GITHUB),
    "gitlab": (".gitlab-ci.yml", GITLAB),
}
"""The file of a build's job, by the service that runs it, and its text."""

_PROCESSOR: Callable[[str], str] = json.dumps  # JSON's string is TOML's and Python's, for a name of ASCII letters


def configuration(processor: str) -> str:
    """Return the text of `tillproof.toml`."""
    return CONFIGURATION.format(processor=_PROCESSOR(processor))


def own_test(processor: str) -> str:
    """Return the text of a test file."""
    return TEST.format(processor=_PROCESSOR(processor))
