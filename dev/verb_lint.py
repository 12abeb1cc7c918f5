"""`python3 dev lint`: ruff, pylint-odoo and our own checks."""
import linters
import setup
from say import line


def main(_arguments):
    setup.everything(for_tests=True)
    failed = 0
    for name, findings in linters.run_all():
        line(f'  {"✗" if findings else "✓"} {name}')
        for finding in findings:
            line(f'      {finding}')
        failed += len(findings)
    return 1 if failed else 0
