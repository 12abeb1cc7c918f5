"""`python3 dev update`: bring the database up to the code; `run` does the same by itself."""
import postgres
import setup
from verb_run import DATABASE, prepare


def main(arguments):
    setup.everything()
    with postgres.running() as env:
        prepare(env, arguments[0] if arguments else DATABASE)
