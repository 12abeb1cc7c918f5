"""Run benchmarks by name and print their table; called by `python3 dev bench`."""
import dataclasses
import datetime
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from pairing import table


def main(database, names, rounds, tiny, results):
    ratios = []
    for name in json.loads(names):
        sys.stdout.write(f'  … {name}\n')
        sys.stdout.flush()
        ratios += importlib.import_module(name).measure(database, int(rounds), tiny=tiny == '1')
    sys.stdout.write('\n' + table(ratios) + '\n')
    now = datetime.datetime.now(datetime.timezone.utc)
    raw = {
        'at': now.isoformat(timespec='seconds'), 'python': platform.python_version(), 'system': platform.platform(),
        'load': os.getloadavg(), 'ratios': [dataclasses.asdict(ratio) for ratio in ratios],
    }
    (Path(results) / f'{now:%Y%m%d-%H%M%S}.json').write_text(json.dumps(raw, indent=1))


main(*sys.argv[1:])
