CREATE TABLE metric_change (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    at_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    variant VARCHAR COLLATE "C" NOT NULL,
    bin INTEGER,
    nodes VARCHAR[] COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    squares NUMERIC NOT NULL,
    weight NUMERIC NOT NULL,
    weight_squares NUMERIC NOT NULL,
    weight_hits NUMERIC NOT NULL,
    weight_misses NUMERIC NOT NULL,
    CONSTRAINT pk_metric_change PRIMARY KEY (tenant_id, measure, at_hour, id)
);
ALTER TABLE metric_bin RENAME TO hourly_bin;
ALTER TABLE hourly_bin RENAME CONSTRAINT pk_metric_bin TO pk_hourly_bin;
ALTER TABLE metric_tally RENAME TO hourly_tally;
ALTER TABLE hourly_tally RENAME CONSTRAINT pk_metric_tally TO pk_hourly_tally;
CREATE TABLE metric_bin (
    tenant_id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    node_kind VARCHAR COLLATE "C" NOT NULL,
    grain VARCHAR COLLATE "C" NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    node VARCHAR COLLATE "C" NOT NULL,
    bin INTEGER NOT NULL,
    n BIGINT NOT NULL,
    CONSTRAINT pk_metric_bin PRIMARY KEY (tenant_id, measure, node_kind, grain, starts_at, node, bin)
);
CREATE TABLE metric_tally (
    tenant_id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    node_kind VARCHAR COLLATE "C" NOT NULL,
    grain VARCHAR COLLATE "C" NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    node VARCHAR COLLATE "C" NOT NULL,
    variant VARCHAR COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    squares NUMERIC NOT NULL,
    weight NUMERIC NOT NULL,
    weight_squares NUMERIC NOT NULL,
    weight_hits NUMERIC NOT NULL,
    weight_misses NUMERIC NOT NULL,
    CONSTRAINT pk_metric_tally PRIMARY KEY (tenant_id, measure, node_kind, grain, starts_at, node, variant)
);
INSERT INTO metric_bin
SELECT tenant_id, measure, node_kind, grain, date_trunc(lower(grain), at_hour, 'UTC'), node, bin, sum(n)
FROM hourly_bin CROSS JOIN (VALUES ('HOUR'), ('DAY'), ('MONTH')) AS grains (grain)
GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO metric_tally
SELECT tenant_id, measure, node_kind, grain, date_trunc(lower(grain), at_hour, 'UTC'), node, variant,
    sum(n), sum(hits), sum(misses), sum(total), sum(squares), sum(weight), sum(weight_squares),
    sum(weight_hits), sum(weight_misses)
FROM hourly_tally CROSS JOIN (VALUES ('HOUR'), ('DAY'), ('MONTH')) AS grains (grain)
GROUP BY 1, 2, 3, 4, 5, 6, 7;
DROP TABLE hourly_bin;
DROP TABLE hourly_tally;

-- How many stages somebody reached in order, within thirty days of entering the first; the counterpart of
-- `stages_reached`. Stages count from 0 and come in the order of time.
CREATE FUNCTION reach_stage(reached DOUBLE PRECISION[], place INTEGER, at TIMESTAMP WITH TIME ZONE)
RETURNS DOUBLE PRECISION[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN reached[2] <= extract(epoch FROM at) OR place <> reached[1] THEN reached
        WHEN place = 0 THEN ARRAY[1, extract(epoch FROM at) + 2592000]
        ELSE ARRAY[reached[1] + 1, reached[2]]
    END
$$;
CREATE AGGREGATE stages_reached(INTEGER, TIMESTAMP WITH TIME ZONE) (
    SFUNC = reach_stage, STYPE = DOUBLE PRECISION[], INITCOND = '{0,Infinity}', PARALLEL = SAFE
);
