"""Refusals that a person reads: raised by the acts of the procedure, shown by every door as they are."""


class ActeRefuse(Exception):
    """An act cannot be done: the message says what, why and what to do, in French."""


class CreditInsuffisant(ActeRefuse):
    """The disponible of an AE does not cover the act; `manque` is the shortfall in euros."""

    def __init__(self, message, manque):
        super().__init__(message)
        self.manque = manque


class ActeFige(ActeRefuse):
    """What was adopted or issued can no longer be changed: a correction is a new act."""


class VersionPerimee(ActeRefuse):
    """The object changed since the form was opened."""
