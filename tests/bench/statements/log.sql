-- A matter is logged: its row, the first entry of its ledger and its event, in one statement and one transaction.
WITH made AS (
  SELECT uuidv7() AS id, uuidv7() AS entry, uuidv7() AS event, now() AS at, $customer AS customer_id
), matter AS (
  INSERT INTO interaction (tenant_id, id, version, created_at, updated_at, source, key, customer_id, channel,
                           subject, status, priority, origin, reopen_count, opened_at, last_event_at)
  SELECT $tenant, id, 1, at, at, 'limit', id, customer_id, 'CHAT',
         'The invoice shows an amount I do not know', 'NEW', 'NORMAL', 'REACTIVE', 0, at, at
  FROM made
  RETURNING id, status, opened_at
), entry AS (
  INSERT INTO interaction_event (tenant_id, id, interaction_id, position, type, occurred_at, recorded_at,
                                 actor_kind, status, visibility)
  SELECT $tenant, entry, id, 1, 'OPENED', at, at, 'CUSTOMER', 'NEW', 'PUBLIC'
  FROM made
), told AS (
  INSERT INTO outbox_event (tenant_id, id, type, subject_id, payload, actor, occurred_at)
  SELECT $tenant, event, 'interaction.opened', id,
         jsonb_build_object('channel', 'CHAT', 'customer', customer_id, 'contact_reason', NULL, 'team', NULL),
         'developer', at
  FROM made
)
SELECT concat('{"data":{"interactionLog":{"interaction":{"id":"int_', id, '","status":"', status,
              '","openedAt":', to_json(opened_at), '},"userErrors":[]}}}')
FROM matter
