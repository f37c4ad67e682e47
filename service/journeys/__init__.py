"""Which way do they go? Designed journeys in editions, their stages, and each customer's way through them."""

from service.journeys import tables

__all__ = ["tables"]
