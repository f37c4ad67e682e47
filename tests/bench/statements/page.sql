-- A page of customers, the latest first. Text is concatenated: that is faster here than json_agg.
SELECT concat('{"data":{"customers":{"nodes":[', string_agg(concat(
  '{"id":"cus_', c.id,
  '","displayName":', coalesce(to_json(c.display_name)::text, 'null'),
  ',"email":', coalesce(to_json(c.email)::text, 'null'),
  ',"phone":', coalesce(to_json(c.phone)::text, 'null'),
  ',"locale":', coalesce(to_json(c.locale)::text, 'null'),
  ',"timeZone":', coalesce(to_json(c.time_zone)::text, 'null'),
  ',"lifecycleStage":"', c.lifecycle_stage,
  '","createdAt":', to_json(c.created_at),
  '}'), ',' ORDER BY c.created_at DESC, c.id DESC), ']}}}')
FROM (
  SELECT * FROM customer
  WHERE tenant_id = $tenant
  ORDER BY created_at DESC, id DESC
  LIMIT 50
) c
