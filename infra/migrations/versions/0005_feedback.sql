CREATE TABLE survey (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    scale_min FLOAT NOT NULL,
    scale_max FLOAT NOT NULL,
    direction VARCHAR COLLATE "C" NOT NULL,
    purpose VARCHAR COLLATE "C" NOT NULL,
    question VARCHAR,
    cooldown_days INTEGER NOT NULL,
    quiet_days INTEGER NOT NULL,
    needs_consent BOOLEAN NOT NULL,
    CONSTRAINT pk_survey PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_survey_tenant_id_key UNIQUE (tenant_id, key),
    CONSTRAINT ck_survey_kind CHECK (kind = ANY ('{NPS,CSAT,CES}'::text[])),
    CONSTRAINT ck_survey_direction CHECK (direction = ANY ('{HIGHER_IS_BETTER,LOWER_IS_BETTER}'::text[])),
    CONSTRAINT ck_survey_purpose CHECK (purpose = ANY ('{TRANSACTIONAL,RELATIONSHIP}'::text[])),
    CONSTRAINT ck_survey_scale CHECK (scale_min < scale_max),
    CONSTRAINT ck_survey_nps_scale CHECK (kind <> 'NPS' OR (scale_min = 0 AND scale_max = 10)),
    CONSTRAINT ck_survey_pauses CHECK (cooldown_days >= 0 AND quiet_days >= 0)
);

CREATE TABLE feedback (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    source VARCHAR COLLATE "C" NOT NULL,
    key VARCHAR COLLATE "C" NOT NULL,
    source_kind VARCHAR COLLATE "C" NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    customer_id UUID,
    survey_id UUID,
    touchpoint_id UUID,
    interaction_id UUID,
    journey_instance_id UUID,
    score FLOAT,
    scale_min FLOAT,
    scale_max FLOAT,
    direction VARCHAR COLLATE "C",
    nps_category VARCHAR COLLATE "C",
    resolved_at_first_contact BOOLEAN,
    verbatim VARCHAR,
    language VARCHAR,
    channel VARCHAR COLLATE "C",
    weight FLOAT NOT NULL,
    sentiment VARCHAR COLLATE "C",
    sentiment_judge VARCHAR COLLATE "C",
    sentiment_source VARCHAR,
    sentiment_confidence FLOAT,
    emotion VARCHAR COLLATE "C",
    emotion_judge VARCHAR COLLATE "C",
    emotion_source VARCHAR,
    emotion_confidence FLOAT,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by VARCHAR NOT NULL,
    CONSTRAINT pk_feedback PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_feedback_tenant_id_source_key UNIQUE (tenant_id, source, key),
    CONSTRAINT fk_feedback_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CONSTRAINT fk_feedback_tenant_id_survey_id FOREIGN KEY(tenant_id, survey_id) REFERENCES survey (tenant_id, id),
    CONSTRAINT fk_feedback_tenant_id_touchpoint_id FOREIGN KEY(tenant_id, touchpoint_id) REFERENCES touchpoint (tenant_id, id),
    CONSTRAINT fk_feedback_tenant_id_interaction_id FOREIGN KEY(tenant_id, interaction_id) REFERENCES interaction (tenant_id, id),
    CONSTRAINT fk_feedback_tenant_id_journey_instance_id FOREIGN KEY(tenant_id, journey_instance_id) REFERENCES journey_instance (tenant_id, id),
    CONSTRAINT ck_feedback_source_kind CHECK (source_kind = ANY ('{SURVEY,REVIEW,OBSERVATION,AUDIT}'::text[])),
    CONSTRAINT ck_feedback_kind CHECK (kind = ANY ('{NPS,CSAT,CES,RATING,VERBATIM}'::text[])),
    CONSTRAINT ck_feedback_direction CHECK (direction = ANY ('{HIGHER_IS_BETTER,LOWER_IS_BETTER}'::text[])),
    CONSTRAINT ck_feedback_nps_category CHECK (nps_category = ANY ('{PROMOTER,PASSIVE,DETRACTOR}'::text[])),
    CONSTRAINT ck_feedback_channel CHECK (channel = ANY ('{WEB,APP,EMAIL,CHAT,PHONE,SMS,SOCIAL,IN_STORE,LETTER,SURVEY,API,OTHER}'::text[])),
    CONSTRAINT ck_feedback_sentiment CHECK (sentiment = ANY ('{POSITIVE,NEUTRAL,NEGATIVE,MIXED}'::text[])),
    CONSTRAINT ck_feedback_emotion CHECK (emotion = ANY ('{DELIGHT,GRATITUDE,TRUST,CONFUSION,DISAPPOINTMENT,FRUSTRATION,ANGER,ANXIETY}'::text[])),
    CONSTRAINT ck_feedback_score_within_scale CHECK (score BETWEEN scale_min AND scale_max),
    CONSTRAINT ck_feedback_scale_of_score CHECK (score IS NULL OR (scale_min IS NOT NULL AND scale_max IS NOT NULL AND direction IS NOT NULL)),
    CONSTRAINT ck_feedback_score_or_words CHECK (score IS NOT NULL OR verbatim IS NOT NULL),
    CONSTRAINT ck_feedback_nps_has_category CHECK ((kind = 'NPS' AND score IS NOT NULL) = (nps_category IS NOT NULL)),
    CONSTRAINT ck_feedback_weight CHECK (weight > 0),
    CONSTRAINT ck_feedback_confidence CHECK (sentiment_confidence BETWEEN 0 AND 1 AND emotion_confidence BETWEEN 0 AND 1),
    CONSTRAINT ck_feedback_sentiment_judged CHECK ((sentiment IS NULL) = (sentiment_judge IS NULL)),
    CONSTRAINT ck_feedback_emotion_judged CHECK ((emotion IS NULL) = (emotion_judge IS NULL)),
    CONSTRAINT ck_feedback_sentiment_judge CHECK (sentiment_judge = ANY ('{CUSTOMER,AGENT,MODEL}'::text[])),
    CONSTRAINT ck_feedback_emotion_judge CHECK (emotion_judge = ANY ('{CUSTOMER,AGENT,MODEL}'::text[]))
);

CREATE INDEX ix_feedback_channel ON feedback (tenant_id, channel, submitted_at, id) WHERE channel IS NOT NULL;

CREATE INDEX ix_feedback_customer ON feedback (tenant_id, customer_id, submitted_at, id) WHERE customer_id IS NOT NULL;

CREATE INDEX ix_feedback_interaction ON feedback (tenant_id, interaction_id, submitted_at, id) WHERE interaction_id IS NOT NULL;

CREATE INDEX ix_feedback_journey_instance ON feedback (tenant_id, journey_instance_id, submitted_at, id) WHERE journey_instance_id IS NOT NULL;

CREATE INDEX ix_feedback_kind ON feedback (tenant_id, kind, submitted_at, id);

CREATE INDEX ix_feedback_nps_category ON feedback (tenant_id, nps_category, submitted_at, id) WHERE nps_category IS NOT NULL;

CREATE INDEX ix_feedback_score ON feedback (tenant_id, coalesce(score, '-Infinity'::double precision), id);

CREATE INDEX ix_feedback_submitted_at ON feedback (tenant_id, submitted_at, id);

CREATE INDEX ix_feedback_survey ON feedback (tenant_id, survey_id, submitted_at, id) WHERE survey_id IS NOT NULL;

CREATE INDEX ix_feedback_touchpoint ON feedback (tenant_id, touchpoint_id, submitted_at, id) WHERE touchpoint_id IS NOT NULL;

CREATE INDEX ix_feedback_verbatim ON feedback (tenant_id, submitted_at, id) WHERE verbatim IS NOT NULL;

CREATE TABLE feedback_reason (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    feedback_id UUID NOT NULL,
    contact_reason_id UUID NOT NULL,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_feedback_reason PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_feedback_reason_tenant_id_feedback_id_contact_reason_id UNIQUE (tenant_id, feedback_id, contact_reason_id),
    CONSTRAINT fk_feedback_reason_tenant_id_feedback_id FOREIGN KEY(tenant_id, feedback_id) REFERENCES feedback (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_feedback_reason_tenant_id_contact_reason_id FOREIGN KEY(tenant_id, contact_reason_id) REFERENCES contact_reason (tenant_id, id)
);

CREATE INDEX ix_feedback_reason_contact_reason ON feedback_reason (tenant_id, contact_reason_id, submitted_at, feedback_id, id);
