"""Checks of the house's own rules, standard library only; each module answers ``findings(repo)``, a list of sentences."""
