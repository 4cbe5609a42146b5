// The lists behind the function policy: exceptions to "volatility decides", each group with its reason; no code.

/** Functions of pg_catalog that are STABLE or IMMUTABLE and still refused, in any overload. */
export const deniedFunctions: ReadonlySet<string> = new Set([
  // They run SQL, or read every table, given as text.
  ...['table_to_xml', 'table_to_xmlschema', 'table_to_xml_and_xmlschema'],
  ...['schema_to_xml', 'schema_to_xmlschema', 'schema_to_xml_and_xmlschema'],
  ...['database_to_xml', 'database_to_xmlschema', 'database_to_xml_and_xmlschema'],
  ...[
    'query_to_xml',
    'query_to_xmlschema',
    'query_to_xml_and_xmlschema',
    'cursor_to_xml',
    'cursor_to_xmlschema',
  ],
  // In calls these two are judged by the SQL they are given; as x.ts_stat they are not.
  ...['ts_stat', 'ts_rewrite'],
  // They take a transaction id, which is a write.
  ...['txid_current', 'pg_current_xact_id'],
  // They reach type input by OID, past the rule on types.
  ...[
    'domain_in',
    'domain_recv',
    'record_in',
    'record_recv',
    'array_in',
    'array_recv',
    'range_in',
    'range_recv',
  ],
  ...['multirange_in', 'multirange_recv'],
  // They read the source of a function for CREATE FUNCTION, which nobody else needs.
  ...['fmgr_c_validator', 'fmgr_internal_validator', 'fmgr_sql_validator'],
  // They show other sessions, their texts and their clients.
  ...['pg_stat_get_activity', 'pg_stat_get_backend_activity', 'pg_stat_get_backend_activity_start'],
  ...['pg_stat_get_backend_client_addr', 'pg_stat_get_backend_client_port', 'pg_stat_get_backend_dbid'],
  ...['pg_stat_get_backend_idset', 'pg_stat_get_backend_pid', 'pg_stat_get_backend_start'],
  ...['pg_stat_get_backend_subxact', 'pg_stat_get_backend_userid', 'pg_stat_get_backend_wait_event'],
  ...['pg_stat_get_backend_wait_event_type', 'pg_stat_get_backend_xact_start', 'pg_stat_get_progress_info'],
  ...['pg_stat_get_wal_senders', 'pg_stat_get_wal_receiver', 'pg_stat_get_subscription'],
  ...['pg_cursor', 'pg_prepared_statement', 'pg_prepared_xact', 'pg_listening_channels'],
  // They show the configuration of the server, its files and its network.
  ...[
    'current_setting',
    'pg_show_all_settings',
    'pg_show_all_file_settings',
    'pg_config',
    'pg_settings_get_flags',
  ],
  ...['pg_tablespace_location', 'pg_tablespace_databases', 'pg_relation_filepath', 'pg_relation_filenode'],
  ...['pg_filenode_relation', 'inet_server_addr', 'inet_server_port', 'inet_client_addr', 'inet_client_port'],
  ...['pg_get_replication_slots', 'pg_get_publication_tables', 'pg_options_to_table'],
  // They show source texts of others, or statistics of data without a grant.
  ...[
    'pg_get_functiondef',
    'pg_get_function_sqlbody',
    'pg_get_viewdef',
    'pg_get_ruledef',
    'pg_get_triggerdef',
  ],
  ...['pg_mcv_list_items'],
  // They only make sense in event triggers, and tell of a session's state.
  ...['pg_event_trigger_ddl_commands', 'pg_event_trigger_dropped_objects', 'pg_my_temp_schema'],
]);

/** Functions of pg_catalog that are VOLATILE and still allowed: they only read, or only make up a value. */
export const neededVolatileFunctions: ReadonlySet<string> = new Set([
  ...['random', 'random_normal', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'array_sample', 'array_shuffle'],
  ...['clock_timestamp', 'timeofday'],
  ...['pg_relation_size', 'pg_table_size', 'pg_total_relation_size', 'pg_indexes_size', 'pg_database_size'],
  ...['pg_is_in_recovery', 'pg_last_xact_replay_timestamp', 'pg_partition_tree', 'pg_partition_ancestors'],
  ...['pg_jit_available'],
]);

/** Extensions whose functions are judged like built-in ones, each with the VOLATILE functions that it may still run. */
export const trustedExtensions: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    btree_gin: [],
    btree_gist: [],
    citext: [],
    cube: [],
    dict_int: [],
    dict_xsyn: [],
    earthdistance: [],
    fuzzystrmatch: [],
    h3: [],
    h3_postgis: [],
    hll: [],
    hstore: [],
    intarray: [],
    ip4r: [],
    isn: [],
    ltree: [],
    pg_bigm: [],
    pg_trgm: [],
    // Older versions of it brought gen_random_uuid, which Postgres has itself since 13.
    pgcrypto: ['gen_random_uuid'],
    postgis: ['st_generatepoints'],
    prefix: [],
    seg: [],
    semver: [],
    tdigest: [],
    timescaledb: [
      ...['time_bucket_gapfill', 'locf', 'interpolate', 'approximate_row_count', 'hypertable_size'],
      ...['hypertable_detailed_size', 'hypertable_approximate_size', 'chunks_detailed_size'],
    ],
    timescaledb_toolkit: [],
    topn: [],
    tsm_system_rows: [],
    tsm_system_time: [],
    unaccent: [],
    unit: [],
    // uuid_generate_v1 tells the network address of the host; v1mc makes one up.
    'uuid-ossp': ['uuid_generate_v1mc', 'uuid_generate_v4'],
    vector: [],
  }).map(([name, volatileNames]) => [name, new Set(volatileNames)]),
);

/** Functions of trusted extensions that are not volatile and still refused: state, cost by design, or side effects. */
export const deniedExtensionFunctions: ReadonlySet<string> = new Set([
  ...['set_limit', 'gen_salt', 'crypt', 'drop_chunks', 'isn_weak'],
  ...['st_fromgdalraster', 'st_addband', 'st_bandpath', 'st_setbandpath', 'st_setbandindex'],
  ...['st_estimatedextent', 'st_findextent', 'find_srid'],
  ...['postgis_extensions_upgrade', 'populate_geometry_columns', 'lockrow', 'addauth', 'checkauth'],
]);

/**
 * Names by which extensions call what acts, whatever volatility it is declared with: hll_set_defaults is IMMUTABLE. None of
 * PostGIS' own reads is among them, as st_setsrid and st_addpoint, which give a new value, have no underscore behind the
 * verb; the exemptions are aggregates and conversions.
 */
export const actingExtensionFunctions =
  /^(?!(?:hll|topn|tdigest)_add_|h3_set_to_)(?:.*_)?(?:set|reset|drop|create|add|update|upgrade)_|totable$|^_postgis_/;

/** Functions of tablefunc that run SQL given as text: allowed where the text is a literal that is a read itself. */
export const sqlLiteralFunctions: ReadonlySet<string> = new Set([
  'crosstab',
  'crosstab2',
  'crosstab3',
  'crosstab4',
]);

/** Functions of pg_catalog that do, with the place of the SQL among their arguments; they pass by the same rule. */
export const builtInSqlFunctions: ReadonlyMap<string, number> = new Map([
  ['ts_stat', 0],
  ['ts_rewrite', 1],
]);

/** Analytic functions of well-known extensions; where a database lacks them, Postgres says so (42883). */
export const wellKnownFunctions =
  /^(?:st_(?!fromgdalraster$|addband$|bandpath$|setbandpath$|setbandindex$|asgdalraster$|createoverview$|estimatedextent$|findextent$)\w+|time_bucket(?:_gapfill|_ng)?|locf|interpolate|first|last|histogram|hypertable_(?:detailed_|approximate_)?size|approximate_row_count|time_weight|counter_agg|stats_agg|percentile_agg|uddsketch|tdigest|approx_percentile|hyperloglog|distinct_count|lttb|asap_smooth|rollup|cosine_distance|l[12]_(?:distance|normalize|norm)|inner_product|vector_(?:dims|norm)|hamming_distance|jaccard_distance|subvector|binary_quantize|similarity|word_similarity|strict_word_similarity|show_trgm|unaccent|levenshtein(?:_less_equal)?|soundex|difference|d?metaphone(?:_alt)?|daitch_mokotoff|earth_distance|ll_to_earth|earth_box|hstore|akeys|avals|skeys|svals|nlevel|subpath|subltree|lca|text2ltree|ltree2text|digest|hmac|uuid_generate_v(?:1mc|[345])|geometrytype|geography|geometry|box2d|box3d|h3_\w+|hll_\w+|icount|sort_asc|sort_desc|uniq|cube_distance)$/;

/** Functions of extensions that act, hold or run SQL; refused for good, whatever a live catalog would say. */
export const dangerousExtensionFunctions =
  /^(?:dblink.*|postgres_fdw_.*|lo_.*|pg_file_.*|pg_logdir_ls|pg_prewarm|autoprewarm_.*|pgrowlocks|pgstat.*|bt_(?:index|page|metap|multi).*|heap_page.*|get_raw_page|page_.*|pg_stat_statements.*|pg_buffercache.*|hypopg.*|connectby|xpath_table|xslt_process|normal_rand|set_limit|gen_salt|crypt|gen_random_bytes|run_command_on_.*|master_.*|citus_.*|create_(?:hyper|distributed|reference).*|add_.*_policy|drop_chunks|addgeometrycolumn|dropgeometry.*|updategeometrysrid|populate_geometry_columns|exec|execute|http(?:_.*)?|verify_heapam|pg_(?:hint|cron|squeeze|repack).*)$/;

/** Operators of well-known extensions; where a database lacks them, Postgres says so (42883). */
export const wellKnownOperators: ReadonlySet<string> = new Set([
  ...[
    '<=>',
    '<->',
    '<#>',
    '<+>',
    '<~>',
    '<%>',
    '%',
    '<%',
    '%>',
    '<<%',
    '%>>',
    '<<->',
    '<->>',
    '<<<->',
    '<->>>',
    '<<->>',
  ],
  ...[
    '&&',
    '&&&',
    '~=',
    '@',
    '~',
    '|=|',
    '&<|',
    '|&>',
    '<<|',
    '|>>',
    '?',
    '?&',
    '?|',
    '@@',
    '@>',
    '<@',
    '~>',
    '<@>',
  ],
  ...['%%', '%#', '#=', '^@', '^<@', '^@>', '?@>', '?<@', '?~', '?@', '#', '##'],
]);

/** Types of well-known extensions. */
export const wellKnownTypes: ReadonlySet<string> = new Set([
  ...[
    'geometry',
    'geography',
    'box2d',
    'box3d',
    'raster',
    'vector',
    'halfvec',
    'sparsevec',
    'citext',
    'hstore',
  ],
  ...[
    'ltree',
    'lquery',
    'ltxtquery',
    'cube',
    'earth',
    'seg',
    'isbn',
    'isbn13',
    'issn',
    'ean13',
    'h3index',
    'hll',
  ],
  ...['ip4', 'ip4r', 'ip6', 'ipaddress', 'iprange', 'tdigest', 'query_int', 'semver'],
]);
