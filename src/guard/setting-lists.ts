// Settings that SHOW and current_setting may tell: what a reader of results needs to know, and nothing of the host.

/** Names in lower case. */
export const harmlessSettings: ReadonlySet<string> = new Set([
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
  ...[
    'application_name',
    'jit',
    'shared_buffers',
    'effective_cache_size',
    'random_page_cost',
    'seq_page_cost',
  ],
  ...['max_identifier_length', 'block_size', 'max_parallel_workers_per_gather', 'row_security'],
]);
