"""What the walk finds and does not count: the one list, each with its reason.

``step`` and ``text`` are regular expressions; an empty one fits everything. An exception that fits nothing any more is itself a finding.
"""
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowed:
    reason: str
    kind: str
    screen: str = ''
    step: str = ''
    text: str = ''

    def fits(self, finding):
        return (
            self.kind == finding.kind
            and re.search(self.screen, finding.screen) is not None
            and re.search(self.step, finding.step) is not None
            and re.search(self.text, finding.text) is not None
        )


EXCEPTIONS = ()

# Faults of Odoo's own markup, by axe's rule and what stands in the path from the node up to the page.
ODOOS_OWN = ()
