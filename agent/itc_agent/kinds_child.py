"""Lists what this agent can look at and ends: a program of its own, because the collectors imported for that would stay in the agent's memory for months.

Reads one JSON object, which is empty. Writes a list of what enrolment tells of each kind.
"""
import json
import os
import sys


def main() -> None:
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from itc_agent import registry
    json.dump([one.describe() for one in registry.load_all()], sys.stdout)


if __name__ == '__main__':
    main()
