"""`python3 dev <verb>`: run, test and look at IT Continuity. Standard library only; `python3 dev` lists the verbs."""
import argparse
import importlib
import sys

from say import Trouble

VERBS = {
    'run': 'set up what is missing and run Odoo with the handbook and an agent of this machine',
    'test': 'run every test, or the parts named (agent, windows, lib, dev, odoo, walk, lint, odoo_lint, bench, demo, hosts, core, or a test module)',
    'shell': 'open an Odoo shell on the running database',
    'update': 'update the addon in the database after a change of the code',
    'shots': 'photograph every screen and PDF of the product into shots/',
    'bench': 'run the benchmarks and print the table of ratios',
    'lint': 'run ruff, pylint-odoo and our own checks',
    'package': 'make the archive that a company installs, from what is committed',
    'i18n': 'write i18n/it_continuity.pot anew',
    'reset': 'forget the database (--all: everything that was set up)',
}

# What these take; run and bench say it themselves.
TAKES = {
    'test': {'names': '*'}, 'shell': {'database': '?'}, 'update': {'database': '?'}, 'shots': {}, 'lint': {}, 'package': {}, 'i18n': {}, 'reset': {'--all': None}}


def main(arguments):
    parser = argparse.ArgumentParser(prog='python3 dev', description='Run and test IT Continuity.')
    verbs = parser.add_subparsers(dest='verb', metavar='verb')
    modules = {}
    for verb, text in VERBS.items():
        modules[verb] = f'verb_{verb}'
        own = verbs.add_parser(verb, help=text, description=text, add_help=verb in TAKES)
        for name, count in TAKES.get(verb, {}).items():
            own.add_argument(name, **({'nargs': count} if count else {'action': 'store_true'}))
    known, rest = parser.parse_known_args(arguments)
    if not known.verb:
        parser.print_help()
        return 0
    if known.verb in TAKES:
        parser.parse_args(arguments)  # says what it does not know
        rest = arguments[arguments.index(known.verb) + 1:]
    try:
        return importlib.import_module(modules[known.verb]).main(rest) or 0
    except Trouble as trouble:
        print(f'✗ {trouble}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 130


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
