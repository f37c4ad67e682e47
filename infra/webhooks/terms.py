"""What do the settings say of webhooks? The keys, and how far outside is."""

from infra.jobs import Job
from infra.settings import Settings
from infra.telemetry.places import Consuming, unfollowed
from infra.webhooks.sender import Sender
from infra.webhooks.worker import INTERVAL, Worker
from schema.execution import Graph
from service.webhooks.endpoints import Terms
from service.webhooks.signing import SecretKeys

DEVELOPMENT_KEY = b"a key for development that everybody knows"
"""Keeps the secrets of a development service the same from one start to the next."""


def terms_of(settings: Settings) -> Terms:
    """Returns on which terms this process handles webhooks; without a key in production, nobody registers."""
    keys = [key.get_secret_value().encode() for key in settings.webhook_keys]
    development = not settings.is_production
    return Terms(SecretKeys(keys or ([DEVELOPMENT_KEY] if development else [])), development)


def job(graph: Graph, terms: Terms, consuming: Consuming = unfollowed) -> Job:
    """Returns the periodic work that sends what is due."""
    sender = Sender(development=terms.development)
    worker = Worker(graph, terms.keys, sender, consuming=consuming)
    return Job("webhooks", INTERVAL, worker.run)
