"""`python3 dev update`: bring the database up to the code; `run` does the same by itself."""
import postgres
import setup
from verb_run import DATABASE, prepare


def main(arguments):
    setup.everything()
    prepare(postgres.start(), arguments[0] if arguments else DATABASE)
