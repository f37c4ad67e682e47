"""What do we do about it? Initiatives, their measurement plans and the proof of their effect."""

from service.initiatives import tables

__all__ = ["tables"]
