CREATE TABLE contact_reason (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    parent_id UUID,
    name VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    area VARCHAR,
    policy VARCHAR,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contact_reason PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_contact_reason_tenant_id_key UNIQUE (tenant_id, key),
    CONSTRAINT fk_contact_reason_tenant_id_parent_id FOREIGN KEY(tenant_id, parent_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT ck_contact_reason_kind CHECK (kind = ANY ('{QUESTION,COMPLAINT,REQUEST,INCIDENT,ADVICE,COMPLIMENT}'::text[])),
    CONSTRAINT ck_contact_reason_not_its_own_parent CHECK (parent_id <> id),
    CONSTRAINT ck_contact_reason_retired_after_it_was_valid CHECK (retired_at >= valid_from)
);

CREATE INDEX ix_contact_reason_parent ON contact_reason (tenant_id, parent_id, key, id);

CREATE TABLE business_calendar (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR NOT NULL,
    edition INTEGER NOT NULL,
    CONSTRAINT pk_business_calendar PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_business_calendar_tenant_id_key UNIQUE (tenant_id, key)
);

CREATE TABLE team (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_team PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_team_tenant_id_key UNIQUE (tenant_id, key)
);

CREATE INDEX ix_team_name ON team (tenant_id, name, id);

CREATE TABLE contact_reason_edition (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    contact_reason_id UUID NOT NULL,
    version INTEGER NOT NULL,
    parent_id UUID,
    name VARCHAR NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    area VARCHAR,
    policy VARCHAR,
    retired_at TIMESTAMP WITH TIME ZONE,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_contact_reason_edition PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_contact_reason_edition_tenant_id_contact_reason_id_version UNIQUE (tenant_id, contact_reason_id, version),
    CONSTRAINT fk_contact_reason_edition_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_contact_reason_edition_kind CHECK (kind = ANY ('{QUESTION,COMPLAINT,REQUEST,INCIDENT,ADVICE,COMPLIMENT}'::text[]))
);

CREATE TABLE interaction (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    source VARCHAR COLLATE "C" NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    customer_id UUID,
    channel VARCHAR COLLATE "C" NOT NULL,
    subject VARCHAR,
    status VARCHAR COLLATE "C" NOT NULL,
    priority VARCHAR COLLATE "C" NOT NULL,
    origin VARCHAR COLLATE "C" NOT NULL,
    team_id UUID,
    assignee VARCHAR,
    contact_reason_id UUID,
    sla_met BOOLEAN,
    reopen_count INTEGER NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_responded_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    last_event_at TIMESTAMP WITH TIME ZONE NOT NULL,
    journey_instance_id UUID,
    touchpoint_id UUID,
    CONSTRAINT pk_interaction PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_interaction_tenant_id_source_key UNIQUE (tenant_id, source, key),
    CONSTRAINT fk_interaction_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_interaction_tenant_id_team_id FOREIGN KEY(tenant_id, team_id) REFERENCES team (tenant_id, id),
    CONSTRAINT fk_interaction_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id),
    CONSTRAINT fk_interaction_tenant_id_journey_instance_id FOREIGN KEY(tenant_id, journey_instance_id) REFERENCES journey_instance (tenant_id, id),
    CONSTRAINT fk_interaction_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT ck_interaction_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[])),
    CONSTRAINT ck_interaction_status CHECK (status = ANY ('{NEW,OPEN,WAITING_ON_CUSTOMER,ON_HOLD,RESOLVED,CLOSED}'::text[])),
    CONSTRAINT ck_interaction_priority CHECK (priority = ANY ('{LOW,NORMAL,HIGH,URGENT}'::text[])),
    CONSTRAINT ck_interaction_origin CHECK (origin = ANY ('{REACTIVE,PROACTIVE}'::text[])),
    CONSTRAINT ck_interaction_counts_reopenings CHECK (reopen_count >= 0)
);

CREATE INDEX ix_interaction_channel ON interaction (tenant_id, channel, opened_at, id);

CREATE INDEX ix_interaction_contact_reason ON interaction (tenant_id, contact_reason_id, opened_at, id);

CREATE INDEX ix_interaction_customer ON interaction (tenant_id, customer_id, opened_at, id);

CREATE INDEX ix_interaction_journey_instance ON interaction (tenant_id, journey_instance_id, opened_at, id) WHERE journey_instance_id IS NOT NULL;

CREATE INDEX ix_interaction_opened_at ON interaction (tenant_id, opened_at, id);

CREATE INDEX ix_interaction_priority ON interaction (tenant_id, priority, opened_at, id);

CREATE INDEX ix_interaction_reopened ON interaction (tenant_id, (reopen_count > 0), opened_at, id);

CREATE INDEX ix_interaction_resolved ON interaction (tenant_id, (resolved_at IS NOT NULL), opened_at, id);

CREATE INDEX ix_interaction_sla ON interaction (tenant_id, sla_met, opened_at, id) WHERE sla_met IS NOT NULL;

CREATE INDEX ix_interaction_status ON interaction (tenant_id, status, opened_at, id);

CREATE INDEX ix_interaction_team ON interaction (tenant_id, team_id, opened_at, id);

CREATE INDEX ix_interaction_touchpoint ON interaction (tenant_id, touchpoint_id, opened_at, id) WHERE touchpoint_id IS NOT NULL;

CREATE INDEX ix_interaction_updated_at ON interaction (tenant_id, updated_at, id);

CREATE TABLE interaction_event (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    interaction_id UUID NOT NULL,
    position INTEGER NOT NULL,
    type VARCHAR COLLATE "C" NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor VARCHAR,
    actor_kind VARCHAR COLLATE "C" NOT NULL,
    status VARCHAR COLLATE "C",
    team_id UUID,
    assignee VARCHAR,
    body VARCHAR,
    visibility VARCHAR COLLATE "C" NOT NULL,
    CONSTRAINT pk_interaction_event PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_interaction_event_tenant_id_interaction_id_position UNIQUE (tenant_id, interaction_id, position),
    CONSTRAINT fk_interaction_event_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_interaction_event_tenant_id_team_id FOREIGN KEY(tenant_id, team_id) REFERENCES team (tenant_id, id),
    CONSTRAINT ck_interaction_event_type CHECK (type = ANY ('{OPENED,QUEUED,MESSAGE,ASSIGNED,STATUS_CHANGED,HELD,HANDED_OVER,ABANDONED,RESOLVED,REOPENED,CLOSED,UPDATED}'::text[])),
    CONSTRAINT ck_interaction_event_actor_kind CHECK (actor_kind = ANY ('{CUSTOMER,AGENT,BOT,SYSTEM}'::text[])),
    CONSTRAINT ck_interaction_event_status CHECK (status = ANY ('{NEW,OPEN,WAITING_ON_CUSTOMER,ON_HOLD,RESOLVED,CLOSED}'::text[])),
    CONSTRAINT ck_interaction_event_visibility CHECK (visibility = ANY ('{PUBLIC,INTERNAL}'::text[])),
    CONSTRAINT ck_interaction_event_counted_from_one CHECK (position >= 1)
);

CREATE INDEX ix_interaction_event_occurred_at ON interaction_event (tenant_id, occurred_at, id);

CREATE INDEX ix_interaction_event_type ON interaction_event (tenant_id, type, occurred_at, id);

CREATE TABLE interaction_reason (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    interaction_id UUID NOT NULL,
    contact_reason_id UUID NOT NULL,
    CONSTRAINT pk_interaction_reason PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_interaction_reason_tenant_id_interaction_id_contact__d2c8 UNIQUE (tenant_id, interaction_id, contact_reason_id),
    CONSTRAINT fk_interaction_reason_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_interaction_reason_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id)
);

CREATE INDEX ix_interaction_reason_contact_reason ON interaction_reason (tenant_id, contact_reason_id, interaction_id, id);
