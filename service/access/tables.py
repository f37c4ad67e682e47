"""What is kept of a key? Everything but the key itself."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from service.ground.tables import SortedText, VersionedRow, belongs_to, index, moment, unique


class ApiKey(VersionedRow, table=True):
    """A key of an integration; of one that replaces another, both work for a while."""

    __tablename__ = "api_key"
    __table_args__ = (
        belongs_to("replaces_id", "api_key"),
        index("ix_api_key_created_at", "created_at", "id"),
        index("ix_api_key_name", "name", "id"),
        unique("replaces_id"),
    )

    name: str = Field(sa_type=SortedText)
    secret_sha256: bytes
    scopes: str
    created_by: str
    expires_at: datetime = moment()
    revoked_at: datetime | None = moment(nullable=True)
    replaces_id: UUID | None = Field(default=None)
