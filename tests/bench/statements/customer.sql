-- One customer by id, as the whole body. The number :n is drawn by pgbench, $customer makes an id of it.
SELECT concat(
  '{"data":{"customer":{"id":"cus_', c.id,
  '","displayName":', coalesce(to_json(c.display_name)::text, 'null'),
  ',"email":', coalesce(to_json(c.email)::text, 'null'),
  ',"phone":', coalesce(to_json(c.phone)::text, 'null'),
  ',"locale":', coalesce(to_json(c.locale)::text, 'null'),
  ',"timeZone":', coalesce(to_json(c.time_zone)::text, 'null'),
  ',"lifecycleStage":"', c.lifecycle_stage,
  '","createdAt":', to_json(c.created_at),
  '}}}')
FROM customer c
WHERE c.tenant_id = $tenant AND c.id = $customer
