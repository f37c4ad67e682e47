CREATE TABLE webhook_endpoint (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    url VARCHAR NOT NULL,
    description VARCHAR,
    event_types VARCHAR NOT NULL,
    document VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL,
    registered_by VARCHAR NOT NULL,
    status VARCHAR COLLATE "C" NOT NULL,
    salt BYTEA NOT NULL,
    key_name VARCHAR NOT NULL,
    previous_salt BYTEA,
    previous_key_name VARCHAR,
    previous_until TIMESTAMP WITH TIME ZONE,
    failures INTEGER NOT NULL,
    open_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook_endpoint PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_webhook_endpoint_status CHECK (status = ANY ('{ENABLED,PAUSED,GONE}'::text[])),
    CONSTRAINT ck_webhook_endpoint_failures CHECK (failures >= 0),
    CONSTRAINT ck_webhook_endpoint_previous_secret CHECK ((previous_salt IS NULL) = (previous_until IS NULL))
);

CREATE INDEX ix_webhook_endpoint_created_at ON webhook_endpoint (tenant_id, created_at, id);

CREATE TABLE webhook_delivery (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    endpoint_id UUID NOT NULL,
    event_id UUID NOT NULL,
    event_type VARCHAR NOT NULL,
    subject_id UUID NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    traceparent VARCHAR,
    status VARCHAR COLLATE "C" NOT NULL,
    attempt_count INTEGER NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE,
    holder VARCHAR,
    claimed_until TIMESTAMP WITH TIME ZONE,
    response_code INTEGER,
    last_error VARCHAR,
    delivered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook_delivery PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_webhook_delivery_tenant_id_endpoint_id_event_id UNIQUE (tenant_id, endpoint_id, event_id),
    CONSTRAINT fk_webhook_delivery_tenant_id_endpoint_id FOREIGN KEY(tenant_id, endpoint_id) REFERENCES webhook_endpoint (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_webhook_delivery_status CHECK (status = ANY ('{PENDING,DELIVERED,DEAD}'::text[])),
    CONSTRAINT ck_webhook_delivery_attempts CHECK (attempt_count >= 0)
);

CREATE INDEX ix_webhook_delivery_created_at ON webhook_delivery (tenant_id, created_at, id);

CREATE INDEX ix_webhook_delivery_endpoint ON webhook_delivery (tenant_id, endpoint_id, created_at, id);

CREATE INDEX ix_webhook_delivery_status ON webhook_delivery (tenant_id, status, created_at, id);

CREATE INDEX ix_webhook_delivery_subject ON webhook_delivery (tenant_id, endpoint_id, subject_id, event_id) WHERE status = 'PENDING';

CREATE INDEX ix_webhook_delivery_waiting ON webhook_delivery (tenant_id, endpoint_id, next_attempt_at, id) WHERE status = 'PENDING';

CREATE TABLE webhook_attempt (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    delivery_id UUID NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    milliseconds INTEGER NOT NULL,
    response_code INTEGER,
    error VARCHAR,
    CONSTRAINT pk_webhook_attempt PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_webhook_attempt_tenant_id_delivery_id FOREIGN KEY(tenant_id, delivery_id) REFERENCES webhook_delivery (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_webhook_attempt_delivery ON webhook_attempt (tenant_id, delivery_id, attempted_at, id);

CREATE TABLE tracker (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR NOT NULL,
    salt BYTEA NOT NULL,
    key_name VARCHAR NOT NULL,
    previous_salt BYTEA,
    previous_key_name VARCHAR,
    previous_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_tracker PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_tracker_tenant_id_key UNIQUE (tenant_id, key)
);

CREATE INDEX ix_tracker_key ON tracker (tenant_id, key, id);

CREATE TABLE tracker_issue (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    tracker_id UUID NOT NULL,
    issue VARCHAR COLLATE "C" NOT NULL,
    initiative_id UUID NOT NULL,
    url VARCHAR,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_tracker_issue PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_tracker_issue_tenant_id_tracker_id_issue UNIQUE (tenant_id, tracker_id, issue),
    CONSTRAINT fk_tracker_issue_tenant_id_tracker_id FOREIGN KEY(tenant_id, tracker_id) REFERENCES tracker (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_tracker_issue_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX ix_tracker_issue_initiative ON tracker_issue (tenant_id, initiative_id, linked_at, id);

CREATE TABLE tracker_receipt (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    tracker_id UUID NOT NULL,
    receipt VARCHAR COLLATE "C" NOT NULL,
    issue VARCHAR NOT NULL,
    initiative_id UUID,
    outcome VARCHAR COLLATE "C" NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_tracker_receipt PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_tracker_receipt_tenant_id_tracker_id_receipt UNIQUE (tenant_id, tracker_id, receipt),
    CONSTRAINT fk_tracker_receipt_tenant_id_tracker_id FOREIGN KEY(tenant_id, tracker_id) REFERENCES tracker (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_tracker_receipt_tenant_id_initiative_id FOREIGN KEY(tenant_id, initiative_id) REFERENCES initiative (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_tracker_receipt_outcome CHECK (outcome = ANY ('{SHIPPED,ALREADY_SHIPPED,NOT_ACTIVE,UNKNOWN_ISSUE}'::text[]))
);

CREATE INDEX ix_tracker_receipt_tracker ON tracker_receipt (tenant_id, tracker_id, received_at, id);
