"""Services of Windows, asked for in a child process that can be ended: the service manager may take as long as it likes."""
from __future__ import annotations

import os

from .. import programs
from ..errors import SourceUnavailable

CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), '_services_child.py')
PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(CHILD)))
LIMIT_S = 20.0


def query(names=(), patterns=(), *, titles: bool = False) -> list[dict]:
    """Return the services meant, each as one dict; one that may not be looked at has a ``problem``.

    :param titles: tell the name that people see as ``title``, and of the rest the state only
    :raises SourceUnavailable: the service manager does not answer, or not in time
    """
    job = {'folder': PACKAGES, 'names': list(names), 'patterns': list(patterns), 'titles': titles}
    answer = programs.run_python(CHILD, job, LIMIT_S, needs_packages=True, name="the service manager")
    if not isinstance(answer, dict) or not isinstance(answer.get('services'), list):
        words = answer.get('error') if isinstance(answer, dict) else ''
        raise SourceUnavailable(f"the service manager does not answer: {words or 'nothing that can be read'}")
    return answer['services']
