// Relations that are refused whatever the role may read, each group with its reason; no code.

/** Relations of pg_catalog: secrets, other sessions, the server’s configuration, source texts, statistics of data. */
export const deniedCatalogRelations: ReadonlySet<string> = new Set([
  // Password hashes, connection strings, large objects.
  ...[
    'pg_authid',
    'pg_shadow',
    'pg_user_mapping',
    'pg_user_mappings',
    'pg_foreign_server',
    'pg_foreign_data_wrapper',
  ],
  ...['pg_foreign_table', 'pg_subscription', 'pg_largeobject', 'pg_largeobject_metadata'],
  // Other sessions: their texts, addresses, locks.
  ...['pg_stat_activity', 'pg_stat_ssl', 'pg_stat_gssapi', 'pg_stat_replication', 'pg_stat_wal_receiver'],
  ...['pg_stat_subscription', 'pg_prepared_statements', 'pg_prepared_xacts', 'pg_cursors', 'pg_locks'],
  ...['pg_replication_slots', 'pg_replication_origin_status', 'pg_stat_replication_slots'],
  ...['pg_stat_progress_basebackup', 'pg_stat_progress_copy'],
  // Roles and who may what.
  ...[
    'pg_user',
    'pg_roles',
    'pg_group',
    'pg_auth_members',
    'pg_db_role_setting',
    'pg_default_acl',
    'pg_parameter_acl',
  ],
  // Configuration, files, memory.
  ...[
    'pg_settings',
    'pg_file_settings',
    'pg_hba_file_rules',
    'pg_ident_file_mappings',
    'pg_config',
    'pg_database',
  ],
  ...[
    'pg_tablespace',
    'pg_shmem_allocations',
    'pg_shmem_allocations_numa',
    'pg_backend_memory_contexts',
    'pg_aios',
  ],
  // Source texts of functions, views, rules, policies.
  ...[
    'pg_proc',
    'pg_views',
    'pg_rules',
    'pg_rewrite',
    'pg_trigger',
    'pg_policy',
    'pg_policies',
    'pg_event_trigger',
  ],
  // Sampled values of columns.
  ...['pg_statistic', 'pg_statistic_ext_data', 'pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs'],
]);

/** Views of information_schema that show source texts, options of foreign servers, or who may what. */
export const deniedInformationViews: ReadonlySet<string> = new Set([
  ...[
    'user_mappings',
    'user_mapping_options',
    'foreign_servers',
    'foreign_server_options',
    'foreign_table_options',
  ],
  ...[
    'foreign_data_wrappers',
    'foreign_data_wrapper_options',
    'column_options',
    'views',
    'routines',
    'triggers',
  ],
  ...['routine_privileges', 'routine_column_usage', 'routine_routine_usage', 'routine_sequence_usage'],
  ...['routine_table_usage', 'check_constraint_routine_usage'],
  ...[
    'role_table_grants',
    'role_column_grants',
    'role_routine_grants',
    'role_udt_grants',
    'role_usage_grants',
  ],
  ...['applicable_roles', 'administrable_role_authorizations', 'enabled_roles', 'triggered_update_columns'],
]);

/** Relations of extensions with other people’s texts or secrets: refused in any schema. */
export const deniedExtensionRelations: ReadonlySet<string> = new Set([
  ...[
    'pg_stat_statements',
    'pg_stat_statements_info',
    'pg_stat_monitor',
    'pg_stat_kcache',
    'pg_stat_kcache_detail',
  ],
  ...['pg_qualstats', 'pg_qualstats_all', 'pg_qualstats_pretty', 'pg_wait_sampling_current'],
  ...['pg_wait_sampling_history', 'pg_wait_sampling_profile', 'pg_buffercache', 'pg_buffercache_numa'],
  ...['decrypted_secrets', 'decrypted_key', 'hypopg', 'hypopg_list_indexes'],
]);

/** Whole names `schema.relation` of extensions: job texts, keys, answers of HTTP calls. */
export const deniedQualifiedRelations: ReadonlySet<string> = new Set([
  ...['cron.job', 'cron.job_run_details', 'vault.secrets', 'pgsodium.key', 'pgsodium.valid_key'],
  ...['net._http_response', 'net.http_request_queue', 'pgagent.pga_jobstep', 'pgagent.pga_job'],
]);
