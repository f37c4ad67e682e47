DROP AGGREGATE stages_reached(INTEGER, TIMESTAMP WITH TIME ZONE);
DROP FUNCTION reach_stage(DOUBLE PRECISION[], INTEGER, TIMESTAMP WITH TIME ZONE);
ALTER TABLE metric_bin RENAME TO grained_bin;
ALTER TABLE grained_bin RENAME CONSTRAINT pk_metric_bin TO pk_grained_bin;
ALTER TABLE metric_tally RENAME TO grained_tally;
ALTER TABLE grained_tally RENAME CONSTRAINT pk_metric_tally TO pk_grained_tally;
CREATE TABLE metric_bin (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    node_kind VARCHAR COLLATE "C" NOT NULL,
    node VARCHAR COLLATE "C" NOT NULL,
    at_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    bin INTEGER NOT NULL,
    n BIGINT NOT NULL,
    CONSTRAINT pk_metric_bin PRIMARY KEY (tenant_id, measure, node_kind, node, at_hour, bin, id)
);

CREATE TABLE metric_tally (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    measure VARCHAR COLLATE "C" NOT NULL,
    node_kind VARCHAR COLLATE "C" NOT NULL,
    node VARCHAR COLLATE "C" NOT NULL,
    variant VARCHAR COLLATE "C" NOT NULL,
    at_hour TIMESTAMP WITH TIME ZONE NOT NULL,
    n BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    squares NUMERIC NOT NULL,
    weight NUMERIC NOT NULL,
    weight_squares NUMERIC NOT NULL,
    weight_hits NUMERIC NOT NULL,
    weight_misses NUMERIC NOT NULL,
    CONSTRAINT pk_metric_tally PRIMARY KEY (tenant_id, measure, node_kind, node, at_hour, variant, id)
);
INSERT INTO metric_bin
SELECT tenant_id, gen_random_uuid(), measure, node_kind, node, starts_at, bin, n
FROM grained_bin WHERE grain = 'HOUR'
UNION ALL
SELECT tenant_id, gen_random_uuid(), measure, split_part(key, ':', 1), split_part(key, ':', 2), at_hour, bin, n
FROM metric_change, unnest(nodes || 'TENANT:'::varchar) AS key WHERE bin IS NOT NULL;
INSERT INTO metric_tally
SELECT tenant_id, gen_random_uuid(), measure, node_kind, node, variant, starts_at, n, hits, misses, total,
    squares, weight, weight_squares, weight_hits, weight_misses
FROM grained_tally WHERE grain = 'HOUR'
UNION ALL
SELECT tenant_id, gen_random_uuid(), measure, split_part(key, ':', 1), split_part(key, ':', 2), variant,
    at_hour, n, hits, misses, total, squares, weight, weight_squares, weight_hits, weight_misses
FROM metric_change, unnest(nodes || 'TENANT:'::varchar) AS key;
DROP TABLE grained_bin;
DROP TABLE grained_tally;
DROP TABLE metric_change;
