from . import two_person_mixin
