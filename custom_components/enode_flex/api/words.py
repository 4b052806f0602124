"""Words of Enode that this client does not know yet, for whoever wants to tell the user or the log once."""

from enum import Enum

from .models import Session, Vehicle


def unknown_words(document: Session | Vehicle) -> frozenset[tuple[str, str]]:
    """Return (field, word) for every word of an enumeration that is not known here (contract, 12).

    Fields are named as Enode names them: ``state``, ``blocks.type``, ``target.type``, ``outcome.type``,
    ``outcome.state``, ``error.type``, ``chargeState.powerDeliveryState``. Words of open lists (target sources,
    capabilities, vendors) are not counted.
    """
    words: list[tuple[str, str | None]] = []
    if isinstance(document, Vehicle):
        words.append(("chargeState.powerDeliveryState", document.charge_state.power_delivery_state))
    else:
        words.append(("state", document.state))
        words += [("blocks.type", block.type) for block in document.blocks]
        if document.target:
            words.append(("target.type", document.target.type))
        if document.outcome:
            words += [("outcome.type", document.outcome.type), ("outcome.state", document.outcome.state)]
        if document.error:
            words.append(("error.type", document.error.type))
    return frozenset((field, word) for field, word in words if word is not None and not isinstance(word, Enum))
