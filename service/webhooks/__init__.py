"""How do other systems learn what happened here, and how do we learn what happened there?"""

from service.webhooks import claims, deliveries, endpoints, reads, receipts
from service.webhooks.deliveries import accept

__all__ = ["accept", "claims", "deliveries", "endpoints", "reads", "receipts"]
