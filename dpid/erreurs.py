"""Refusals that a person reads: raised by the acts of the procedure, shown by every door as they are."""


class ActeRefuse(Exception):
    """An act cannot be done: the message says what, why and what to do, in French."""


class LotRefuse(ActeRefuse):
    """An act on a list is refused as a whole; `refus`: {id: French sentence} for each row that stands in the way."""

    def __init__(self, refus: dict[int, str]):
        self.refus = dict(sorted(refus.items()))
        super().__init__(" ".join(self.refus.values()))


class CreditInsuffisant(ActeRefuse):
    """The disponible of an AE does not cover the act; `manque` is the shortfall in euros."""

    def __init__(self, message, manque):
        super().__init__(message)
        self.manque = manque


class ActeFige(ActeRefuse):
    """What was adopted or issued can no longer be changed: a correction is a new act."""


class VersionPerimee(ActeRefuse):
    """The object changed since the form was opened."""
