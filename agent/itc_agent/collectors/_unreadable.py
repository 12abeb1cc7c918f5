"""What psutil raises where the system does not tell, or tells what psutil cannot read: a file of ``/proc`` that is empty, or is not as it knows it."""
import psutil

UNREADABLE = (psutil.Error, OSError, LookupError, ValueError, TypeError, RuntimeError)
