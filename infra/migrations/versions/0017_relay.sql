CREATE TABLE outbox_relay (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    position BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    holder VARCHAR,
    claimed_until TIMESTAMP WITH TIME ZONE,
    attempts INTEGER NOT NULL,
    CONSTRAINT pk_outbox_relay PRIMARY KEY (tenant_id, id)
);

CREATE TABLE dead_letter (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    reason VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    parked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dead_letter PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_dead_letter_tenant_id_id FOREIGN KEY(tenant_id, id) REFERENCES outbox_event (tenant_id, id) ON DELETE CASCADE
);
