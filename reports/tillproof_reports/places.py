"""Where in a repository a finding belongs, as far as the log knows: the file its target was named by."""

from __future__ import annotations

import re
from urllib.parse import quote

from tillproof.history.log_header import TargetLine

_MODULE_CLASS = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<class>[A-Za-z_]\w*)", re.ASCII)
_COMMAND = re.compile(r"(?:node|stdio):(?:\./)?(?P<path>[\w./-]+)", re.ASCII)
_LONGEST = 200


def artifact(target: TargetLine) -> str:
    """
    Return a relative URI for the target: `shop/pay.py` for `shop.pay:Pay`, `dist/pay.js` for `node:./dist/pay.js`.

    For every other target that is its name, percent-encoded: a place that does not exist, but one that is stable.
    """
    if module := _MODULE_CLASS.fullmatch(target.name):
        return module["module"].replace(".", "/") + ".py"
    if command := _COMMAND.fullmatch(target.name):
        return command["path"].lstrip("/") or "target"
    return quote(target.name[:_LONGEST], safe="", errors="replace") or "target"
