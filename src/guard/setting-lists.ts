// Settings that SHOW and current_setting may tell: what a reader of results needs to know, and nothing of the host.

/** True where a setting, in any case, may be told. */
export function isHarmlessSetting(name: string): boolean {
  const lower = name.toLowerCase();
  return harmlessSettings.has(lower) || plannerSettings.test(lower);
}

/** What the planner of a query may do and what it takes a step to cost; the provider of JIT is a file of the host. */
const plannerSettings =
  /^(?:(?:enable|cpu|parallel|geqo|jit)_(?!provider$)[a-z_]+|jit|geqo|pg_trgm\.[a-z_]+_threshold)$/;

/** Names in lower case. */
const harmlessSettings: ReadonlySet<string> = new Set([
  ...[
    'timezone',
    'datestyle',
    'intervalstyle',
    'lc_collate',
    'lc_ctype',
    'lc_monetary',
    'lc_numeric',
    'lc_time',
  ],
  ...['server_version', 'server_version_num', 'server_encoding', 'client_encoding', 'integer_datetimes'],
  ...[
    'search_path',
    'default_text_search_config',
    'bytea_output',
    'extra_float_digits',
    'xmloption',
    'xmlbinary',
  ],
  ...['standard_conforming_strings', 'escape_string_warning', 'array_nulls', 'backslash_quote'],
  ...[
    'transaction_isolation',
    'transaction_read_only',
    'transaction_deferrable',
    'default_transaction_read_only',
  ],
  ...['default_transaction_isolation', 'in_hot_standby', 'is_superuser', 'session_authorization', 'role'],
  ...['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout'],
  ...['transaction_timeout', 'temp_file_limit', 'work_mem', 'hash_mem_multiplier', 'max_connections'],
  ...['application_name', 'shared_buffers', 'effective_cache_size', 'random_page_cost', 'seq_page_cost'],
  ...['max_identifier_length', 'max_parallel_workers_per_gather', 'max_parallel_workers', 'row_security'],
  ...['maintenance_work_mem', 'effective_io_concurrency', 'constraint_exclusion', 'cursor_tuple_fraction'],
  ...['plan_cache_mode', 'from_collapse_limit', 'join_collapse_limit', 'default_statistics_target'],
  ...['min_parallel_table_scan_size', 'min_parallel_index_scan_size', 'recursive_worktable_factor'],
  // Fixed when Postgres was compiled or its files were made.
  ...['block_size', 'wal_block_size', 'segment_size', 'max_index_keys', 'max_function_args'],
  ...['track_io_timing', 'lc_messages', 'client_min_messages', 'max_stack_depth'],
]);
