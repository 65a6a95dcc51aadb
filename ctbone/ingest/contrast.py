"""Whether a contrast agent was given, as far as attributes and descriptions say.

Descriptions are free text in any language. One is believed only where it says one thing: "without
and with contrast" or "native + portal venous" names an examination, not the phase of a series.
"""

from __future__ import annotations

import re

#: Entries of ContrastBolusAgent that mean that there was none.
_NO_AGENT = frozenset({"", "NO", "NONE", "N/A", "NA", "OHNE", "WITHOUT", "NATIVE", "NATIV", "0"})

_AGENT = r"(?:contrast\w*|kontrast\w*|km|cm|agent|injection)"

#: Words that deny an agent, in the languages met so far. A kidney is native where no phase is.
_DENIED = re.compile(
    rf"""\b(?:
        (?:without|ohne|sans|no|non|w/?o)(?!\s+oral)(?![a-z])(?:[\s.-]*i\.?v\.?)?[\s.-]*{_AGENT}?\b
        |non[\s-]?(?:contrast\w*|con|enhanced)
        |unenhanced|plain
        |nativ(?:e(?!\s+(?:kidney|renal|nephr|ureter|liver|lung|heart|valve|aort|vessel|hip|joint)))?
        )(?![a-z])""",
    re.IGNORECASE | re.VERBOSE,
)

#: Words that only a series after an agent has, once what denies one is taken out.
_AFFIRMED = re.compile(
    rf"""\b(?:with|mit|avec|post|enhanced|ce|cect|cta|{_AGENT}|w(?!/?o\b))(?![a-z])
        |c\+|\b(?:portal|venous|ven[oö]s|veneu|arteri|angio|nephrograph|urograph|excret|delay)""",
    re.IGNORECASE | re.VERBOSE,
)

#: What looks like a denial on its own, and is a part of speech or a number otherwise.
_BARE_NO = re.compile(r"(?:no|non)[\s.-]*", re.IGNORECASE)


def contrast_given(*, agent: str, traces: tuple[str, ...], words: str) -> bool | None:
    """Return whether an agent was given; ``None`` where nothing tells, or two things do.

    Args:
        agent: ContrastBolusAgent.
        traces: Attributes that only stand where an agent was given.
        words: Descriptions of the series and its protocol.

    Example:
        >>> contrast_given(agent="", traces=(), words="ABD nativ")
        False
        >>> contrast_given(agent="", traces=(), words="ABD WITHOUT AND WITH CONTRAST") is None
        True
    """
    agent = agent.upper()
    if agent not in _NO_AGENT or any(traces):
        return True
    words = words.replace("_", " ")
    denials = [d for d in _DENIED.finditer(words) if not _BARE_NO.fullmatch(d[0])]
    rest = _DENIED.sub(" ", words) if denials else words
    is_affirmed = _AFFIRMED.search(rest) is not None
    return None if is_affirmed or not (agent or denials) else False
