DROP TRIGGER rearranges ON business_calendar;
DROP TRIGGER rearranges ON business_calendar_edition;
DROP TRIGGER rearranges ON sla_policy;
DROP TRIGGER rearranges ON sla_policy_edition;
DROP TRIGGER rearranges ON sla_condition;
DROP TRIGGER rearranges ON recovery_rule;
DROP FUNCTION refuse_as_rearranged();
DROP FUNCTION rearrange();
DROP TABLE arrangement;
