"""`python3 dev lint`: ruff, pylint-odoo and our own checks, each with how much it read."""
import linters
import setup
from say import line


def main(_arguments):
    setup.everything(for_tests=True)
    failed = 0
    for reading in linters.run_all():
        line(f'  {"✗" if reading.failures else "✓"} {reading}')
        for failure in reading.failures:
            line(f'      {failure}')
        failed += len(reading.failures)
    return 1 if failed else 0
