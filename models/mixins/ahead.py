"""What a screen of many records needs at once: the ORM reads and computes a thousand at a time, so its queries grow with each thousand."""


def compute_ahead(records, *names):
    """Compute these fields that are not stored, and what each is computed from in the records themselves, of all the records at once.

    What else a computation looks at is read ahead by ``fetch`` first; that one has no limit of its own.
    """
    for name in names:
        records.fetch([name])
        records._fields[name].compute_value(records)
