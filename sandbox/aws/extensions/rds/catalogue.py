"""Parameters of RDS for PostgreSQL that the sandbox knows.

One line each: name, default (`-` for none), apply type, data type, allowed values (a range, a list, `-` for any).
A parameter with a default has the source `system`, as RDS sets it; without one it has `engine-default`.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
"""

from __future__ import annotations

from typing import Any

TABLE = """
application_name                    -                             dynamic  string   -
array_nulls                         -                             dynamic  boolean  0,1
autovacuum                          1                             dynamic  boolean  0,1
autovacuum_analyze_scale_factor     0.05                          dynamic  float    0-100
autovacuum_max_workers              GREATEST({DBInstanceClassMemory/64371566592},3) static integer 1-262143
autovacuum_naptime                  15                            dynamic  integer  1-2147483
autovacuum_vacuum_cost_limit        GREATEST({log(DBInstanceClassMemory/21474836480)*600},200) dynamic integer -1-10000
autovacuum_vacuum_scale_factor      0.1                           dynamic  float    0-100
checkpoint_completion_target        0.9                           dynamic  float    0-1
checkpoint_timeout                  300                           dynamic  integer  30-3600
deadlock_timeout                    1000                          dynamic  integer  1-2147483647
default_statistics_target           -                             dynamic  integer  1-10000
effective_cache_size                {DBInstanceClassMemory/16384} dynamic  integer  1-2147483647
effective_io_concurrency            -                             dynamic  integer  0-1000
hot_standby_feedback                0                             dynamic  boolean  0,1
idle_in_transaction_session_timeout 86400000                      dynamic  integer  0-2147483647
idle_session_timeout                -                             dynamic  integer  0-2147483647
jit                                 -                             dynamic  boolean  0,1
lock_timeout                        -                             dynamic  integer  0-2147483647
log_autovacuum_min_duration         10000                         dynamic  integer  -1-2147483647
log_checkpoints                     1                             dynamic  boolean  0,1
log_connections                     -                             dynamic  boolean  0,1
log_disconnections                  -                             dynamic  boolean  0,1
log_lock_waits                      -                             dynamic  boolean  0,1
log_min_duration_statement          -                             dynamic  integer  -1-2147483647
log_min_error_statement             -                             dynamic  list     debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic
log_min_messages                    -                             dynamic  list     debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic
log_rotation_age                    60                            dynamic  integer  1-1440
log_statement                       -                             dynamic  list     none,ddl,mod,all
log_temp_files                      -                             dynamic  integer  -1-2147483647
logical_decoding_work_mem           -                             dynamic  integer  64-2147483647
maintenance_work_mem                GREATEST({DBInstanceClassMemory*1024/63963136},65536) dynamic integer 1024-2147483647
max_connections                     LEAST({DBInstanceClassMemory/9531392},5000) static integer 6-262143
max_logical_replication_workers     -                             static   integer  0-262143
max_parallel_workers                GREATEST({DBInstanceVCPU/2},8) dynamic integer  0-1024
max_replication_slots               20                            static   integer  0-65536
max_slot_wal_keep_size              -                             dynamic  integer  -1-2147483647
max_standby_archive_delay           30000                         dynamic  integer  -1-2147483647
max_standby_streaming_delay         30000                         dynamic  integer  -1-2147483647
max_wal_senders                     20                            static   integer  0-262143
max_wal_size                        2048                          dynamic  integer  128-201326592
max_worker_processes                GREATEST({DBInstanceVCPU*2},8) static  integer  0-262143
password_encryption                 -                             dynamic  list     md5,scram-sha-256
pg_stat_statements.max              -                             static   integer  100-2147483647
pg_stat_statements.track            -                             dynamic  list     none,top,all
pg_stat_statements.track_utility    -                             dynamic  boolean  0,1
pgaudit.log                         -                             dynamic  list     ddl,function,misc,read,role,write,none,all,-ddl,-function,-misc,-read,-role,-write
pgaudit.log_catalog                 -                             dynamic  boolean  0,1
pgaudit.log_parameter               -                             dynamic  boolean  0,1
pgaudit.role                        -                             dynamic  string   -
random_page_cost                    -                             dynamic  float    0-1.79769e+308
rds.adaptive_autovacuum             1                             dynamic  boolean  0,1
rds.force_autovacuum_logging_level  warning                       dynamic  list     disabled,debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic
rds.force_ssl                       1                             dynamic  boolean  0,1
rds.log_retention_period            4320                          dynamic  integer  1440-10080
rds.logical_replication             0                             static   boolean  0,1
rds.restrict_password_commands      -                             static   boolean  0,1
shared_buffers                      {DBInstanceClassMemory/32768} static   integer  16-1073741823
shared_preload_libraries            pg_stat_statements            static   list     auto_explain,orafce,pgaudit,pglogical,pg_bigm,pg_cron,pg_hint_plan,pg_prewarm,pg_similarity,pg_stat_statements,pg_tle,pg_transport,plprofiler,plrust
statement_timeout                   -                             dynamic  integer  0-2147483647
tcp_keepalives_idle                 300                           dynamic  integer  0-2147483647
temp_file_limit                     -                             dynamic  integer  -1-2147483647
timezone                            UTC                           dynamic  string   -
track_activity_query_size           4096                          static   integer  100-1048576
track_functions                     -                             dynamic  list     none,pl,all
track_io_timing                     -                             dynamic  boolean  0,1
vacuum_cost_page_miss               -                             dynamic  integer  0-10000
wal_sender_timeout                  -                             dynamic  integer  0-3600000
work_mem                            -                             dynamic  integer  64-2147483647
"""  # noqa: E501


def _parameter(line: str) -> dict[str, Any]:
    name, default, apply_type, data_type, allowed = line.split()
    parameter: dict[str, Any] = {
        "ParameterName": name,
        "Source": "engine-default" if default == "-" else "system",
        "ApplyType": apply_type,
        "DataType": data_type,
        "IsModifiable": True,
        "ApplyMethod": "pending-reboot",
        "Description": f"PostgreSQL parameter {name}.",
    }
    if default != "-":
        parameter["ParameterValue"] = default
    if allowed != "-":
        parameter["AllowedValues"] = allowed
    return parameter


PARAMETERS: dict[str, dict[str, Any]] = {
    parameter["ParameterName"]: parameter for parameter in map(_parameter, TABLE.strip().splitlines())
}


def accepts(parameter: dict[str, Any], value: str) -> bool:
    """Whether a value lies within the parameter's allowed values; formulas such as {DBInstanceClassMemory/2} do."""
    allowed = parameter.get("AllowedValues")
    if allowed is None or "{" in value:
        return True
    if parameter["DataType"] in ("integer", "float"):
        low, _, high = allowed[1:].partition("-")
        low = allowed[0] + low
        try:
            return float(low) <= float(value) <= float(high)
        except ValueError:
            return False
    chosen = value.split(",") if parameter["DataType"] == "list" else [value]
    return all(one.strip() in allowed.split(",") for one in chosen)
