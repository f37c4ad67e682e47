"""Which metrics and labels does a PromQL expression name?"""

import re
from collections.abc import Iterator

from infra.telemetry.names import METRICS, Kind, Metric

STRING = re.compile(r'"[^"]*"')
SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
RECORDED = re.compile(r"cxgraph:\w+:ratio_rate\w+")

# What others measure: kube-state-metrics, the kubelet, CloudNativePG with its pooler and its backup plugin.
OTHERS = {
    "kube_deployment_status_replicas_available",
    "kube_deployment_status_condition",
    "kube_pod_container_status_restarts_total",
    "kube_pod_container_resource_requests",
    "kube_pod_container_resource_limits",
    "kube_job_status_failed",
    "kube_horizontalpodautoscaler_status_current_replicas",
    "kube_horizontalpodautoscaler_spec_max_replicas",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
    "cnpg_collector_up",
    "cnpg_pg_replication_lag",
    "cnpg_pg_replication_streaming_replicas",
    "cnpg_backends_total",
    "cnpg_backends_waiting_total",
    "cnpg_backends_max_tx_duration_seconds",
    "cnpg_pg_settings_setting",
    "cnpg_pg_stat_archiver_seconds_since_last_archival",
    "cnpg_pg_stat_database_xact_commit",
    "cnpg_pg_stat_database_xact_rollback",
    "cnpg_pg_stat_database_deadlocks",
    "cnpg_pg_stat_database_blks_hit",
    "cnpg_pg_stat_database_blks_read",
    "cnpg_pg_database_size_bytes",
    "cnpg_pg_database_xid_age",
    "cnpg_pgbouncer_pools_cl_waiting",
    "cnpg_pgbouncer_pools_sv_active",
    "cnpg_pgbouncer_pools_maxwait",
    "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
}
# Given to every series when it is scraped.
PLACES = {"namespace", "pod", "le"}


def series(metric: Metric) -> set[str]:
    """Returns the names under which Prometheus knows a metric of the service."""
    parts = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
    return {metric.prometheus + part for part in parts}


OWN = {name: metric for metric in METRICS for name in series(metric)}


def used(expression: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields every metric that an expression names, with what it asks of its labels."""
    plain = GROUPING.sub(" ", expression)
    for found in SELECTOR.finditer(_without_strings(plain)):
        name, begin, end = found[1], *found.span(2)
        following = plain[found.end() :].lstrip()[:1]
        if name in WORDS or following == "(" or not _could_be_a_metric(plain, found.start(1)):
            continue
        yield name, dict(LABEL.findall(plain[begin:end])) if begin >= 0 else {}


def unknown(expression: str) -> list[str]:
    """Returns the metrics and labels of an expression that nothing in the product or around it has."""
    found = []
    for name, labels in used(expression):
        metric = OWN.get(name)
        if metric is None:
            known = name in OTHERS or RECORDED.fullmatch(name)
            found += [] if known else [name]
            continue
        values = {attribute.name.replace(".", "_"): attribute.values for attribute in metric.attributes}
        found += [f"{name}{{{label}}}" for label in labels if label not in values.keys() | PLACES]
        found += [
            f"{name}{{{label}={value}}}"
            for label, value in labels.items()
            if not _possible(value, values.get(label))
        ]
    return found + [f"by {label}" for label in _grouped(expression) if label not in _groupable(expression)]


def _possible(pattern: str, values: tuple[str, ...] | None) -> bool:
    """Tells whether a label can have a value that a pattern meets."""
    return not values or any(re.fullmatch(pattern, value) for value in values)


def _grouped(expression: str) -> set[str]:
    return {label.strip() for found in GROUPING.findall(expression) for label in found.split(",")}


def _groupable(expression: str) -> set[str]:
    """Returns what the metrics of an expression can be grouped by; foreign ones by anything."""
    metrics = [OWN.get(name) for name, _ in used(expression)]
    if None in metrics:
        return _grouped(expression)
    own = {
        attribute.name.replace(".", "_") for metric in metrics if metric for attribute in metric.attributes
    }
    return own | PLACES


def _without_strings(text: str) -> str:
    return STRING.sub(lambda found: " " * len(found[0]), text)


def _could_be_a_metric(text: str, begin: int) -> bool:
    """Tells whether a word stands where a metric may: not in a duration, not among labels."""
    before = text[:begin].rstrip()
    return not before.endswith(("[", "$")) and not re.search(r"[0-9$]$", text[:begin])
