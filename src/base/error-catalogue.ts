// The catalogue of every error code the product can answer with; it holds data only and decides nothing.

/** What a code means for whoever receives it. */
export type ErrorEntry = {
  /** One line for the reference page: when this code appears. */
  readonly means: string;
  /** One sentence for the reference page: how the reader solves it. */
  readonly solve: string;
  /** True where the same request may succeed later without being changed. */
  readonly retryable: boolean;
  /** Status of the HTTP answer where the error ends the request at the door (RFC 9110). */
  readonly httpStatus: number;
};

const entry = (means: string, solve: string, httpStatus = 200, retryable = false): ErrorEntry => ({
  means,
  solve,
  retryable,
  httpStatus,
});

/**
 * Code to entry. The prefix names the stage that refuses: `GUARD_` before any connection is taken, `DB_` said by
 * Postgres or met on the way to it, `LIMIT_` a bound of the server, `INPUT_` the arguments of a call, `QUEUE_` the
 * wait for a connection, `STATE_` the store, `SIGN_IN_` the pages where analysts sign in, `DOOR_` HTTP, `CONFIG_` and
 * `START_` start-up.
 */
export const errorCatalogue = {
  GUARD_EMPTY: entry(
    'the text holds no statement',
    'Send one SELECT, WITH, VALUES, TABLE, EXPLAIN or SHOW statement.',
  ),
  GUARD_SYNTAX: entry(
    'Postgres’ own grammar rejects the text',
    'Mend the statement at the place marked by the caret.',
  ),
  GUARD_MULTIPLE_STATEMENTS: entry('the text holds more than one statement', 'Send one statement per call.'),
  GUARD_STATEMENT: entry(
    'the kind of statement is not on the allow-list',
    'Only reads are served: SELECT, WITH, VALUES, TABLE, EXPLAIN of those, and SHOW of harmless settings.',
  ),
  GUARD_NODE: entry(
    'the statement uses a part of the grammar that is not on the allow-list',
    'Write the read without that construct.',
  ),
  GUARD_MODIFYING_CTE: entry(
    'a WITH clause changes data',
    'Leave INSERT, UPDATE, DELETE and MERGE out of WITH; this server only reads.',
  ),
  GUARD_SELECT_INTO: entry('SELECT INTO would create a table', 'Leave INTO out and read the rows directly.'),
  GUARD_ROW_LOCK: entry(
    'FOR UPDATE or FOR SHARE would lock rows',
    'Leave the locking clause out; a read needs no lock.',
  ),
  GUARD_FUNCTION: entry(
    'a function is not allowed, or is not known',
    'Use another function; the operator may allow a user function with MCP_ALLOW_FUNCTIONS.',
  ),
  GUARD_ATTRIBUTE_CALL: entry(
    'functional notation such as (x).f would call a function that is not allowed',
    'Qualify the column with its table, or give it another name.',
  ),
  GUARD_OPERATOR: entry(
    'an operator is bound to a function that is not allowed',
    'Use a built-in operator without a schema name.',
  ),
  GUARD_TYPE: entry('a type is not allowed', 'Cast to a built-in type or to a type of a schema you may see.'),
  GUARD_RELATION: entry(
    'a relation is outside the schemas analysts may see',
    'Use list_tables to see what is available.',
  ),
  GUARD_SETTING: entry(
    'SHOW or current_setting names a setting that is not public',
    'Leave the setting out.',
  ),
  GUARD_EXPLAIN_OPTION: entry(
    'EXPLAIN carries an option that is not allowed',
    'Use the explain tool instead.',
  ),
  GUARD_TOO_LONG: entry('the text is longer than the guard reads', 'Shorten the statement.'),
  GUARD_TOO_DEEP: entry('the statement is nested deeper than the guard reads', 'Flatten the statement.'),
  GUARD_CHARACTER: entry(
    'the text holds a NUL, a control character or ill-formed Unicode',
    'Remove the character; use E-string escapes or chr() where one is needed.',
  ),
  GUARD_EXPANSION: entry('a constant expression would expand to a huge value', 'Ask for a shorter value.'),
  GUARD_DEADLINE: entry('the statement took too long to read', 'Simplify the statement.'),
  GUARD_SECOND_OPINION: entry(
    'the second parser reads the text as something other than a read',
    'Rewrite the statement more plainly, without comments around quotes.',
  ),

  DB_UNREACHABLE: entry(
    'the database cannot be reached',
    'Try again shortly; tell the operator if it stays.',
    503,
    true,
  ),
  DB_DISCONNECTED: entry('the connection to the database was lost', 'Run the query again.', 503, true),
  DB_STARTING: entry(
    'the database is starting up or shutting down',
    'Try again in a few seconds.',
    503,
    true,
  ),
  DB_TOO_MANY_CONNECTIONS: entry('the database has no free connection', 'Try again shortly.', 503, true),
  DB_LOGIN: entry(
    'the database refused the login of the server',
    'The operator must mend DATABASE_URL, the role or pg_hba.conf.',
    503,
  ),
  DB_ROLE_UNSAFE: entry(
    'the role of the server could change data',
    'The operator must connect as a read-only role (see the command role), or insist with MCP_ALLOW_UNSAFE_ROLE=on.',
    503,
  ),
  DB_SYNTAX: entry('Postgres rejects the syntax', 'Mend the statement at the caret.'),
  DB_UNDEFINED_TABLE: entry('a relation does not exist', 'Find its name with search_schema or list_tables.'),
  DB_UNDEFINED_COLUMN: entry(
    'a column does not exist',
    'Look at the columns of the table with describe_table.',
  ),
  DB_UNDEFINED_FUNCTION: entry(
    'no function or operator takes arguments of these types',
    'Add casts or use another function.',
  ),
  DB_PERMISSION: entry('the role may not read this', 'Use list_tables to see what may be read.'),
  DB_READ_ONLY: entry('Postgres refused a write in the read-only transaction', 'Only reads are served.'),
  DB_LOCK_TIMEOUT: entry('another session holds a lock on the relation', 'Try again shortly.', 200, true),
  DB_CONFLICT: entry(
    'the replica cancelled the read in favour of recovery',
    'Run the query again.',
    200,
    true,
  ),
  DB_ERROR: entry(
    'Postgres reports any other error',
    'Read the message and the SQLSTATE, mend the statement.',
  ),

  LIMIT_STATEMENT_TIMEOUT: entry(
    'the statement ran longer than its time limit',
    'Narrow the query, aggregate earlier, check the plan with explain, or raise timeout_ms within the server’s limit.',
  ),
  LIMIT_TEMP_FILES: entry(
    'the statement needed more temporary disk than the role may use',
    'Sort or join fewer rows.',
  ),
  LIMIT_VALUE_SIZE: entry(
    'one protocol message was larger than the server accepts',
    'Read a part of the value, for example left(column, 1000).',
  ),

  INPUT_INVALID: entry(
    'an argument is missing, unknown or of the wrong type',
    'Mend the argument that is named.',
  ),
  INPUT_PARAMS: entry(
    'params do not fit the placeholders of the statement',
    'Give one value per $n, in order.',
  ),
  INPUT_UNKNOWN_TABLE: entry(
    'no such table among those you may see',
    'Find its name with search_schema or list_tables.',
  ),
  INPUT_UNKNOWN_SCHEMA: entry(
    'no such schema among those you may see',
    'Call list_tables without a schema to see which there are.',
  ),
  INPUT_AMBIGUOUS_TABLE: entry('the name fits tables in several schemas', 'Write schema.table.'),

  QUEUE_FULL: entry('too many queries are waiting', 'Try again in a few seconds.', 503, true),
  QUEUE_TIMEOUT: entry('no connection came free in time', 'Try again shortly.', 503, true),

  CANCELLED: entry('the call was cancelled', 'Run it again if the answer is still wanted.', 499),
  SHUTTING_DOWN: entry('the server is shutting down', 'Try again in a few seconds.', 503, true),

  STATE_UNAVAILABLE: entry(
    'the store of the server’s state cannot be reached or does not answer in time',
    'Try again shortly; queries are not affected.',
    503,
    true,
  ),
  STATE_UNREADABLE: entry(
    'a record of the state cannot be opened with the secrets of the server',
    'The operator gives MCP_STATE_SECRETS the secret that sealed it, as the second of its list.',
    503,
  ),
  STATE_UNSUPPORTED: entry(
    'the kind of store cannot do this',
    'The operator chooses another MCP_STATE_URL; docs/how-to/choose-a-store.md compares them.',
    500,
  ),
  STATE_TOO_LARGE: entry('a record is larger than the store takes', 'Keep less in one record.', 500),
  STATE_KEY: entry(
    'a collection or key is not one that stores take',
    'Use a shorter key without U+0000.',
    500,
  ),

  SIGN_IN_EXPIRED: entry(
    'the sign-in took too long, is over, or was used already',
    'Go back to the application and connect again.',
    410,
  ),
  SIGN_IN_OTHER_BROWSER: entry(
    'the sign-in was begun in another browser, or the browser keeps no cookies',
    'Connect again and stay in one browser, with cookies allowed for this site.',
    403,
  ),
  SIGN_IN_FORM: entry(
    'the form is not the one that was shown last',
    'Look at the page again and answer once more.',
    403,
  ),
  SIGN_IN_KEY: entry('nobody has this analyst key', 'Paste the whole key, or ask for a new one.', 403),
  SIGN_IN_ATTEMPTS: entry('too many keys were tried', 'Wait for the time in Retry-After.', 429, true),
  SIGN_IN_REFUSED: entry(
    'the sign-in was refused, by the person or by the identity provider',
    'Connect again, and agree at the identity provider.',
    403,
  ),
  SIGN_IN_NOT_ALLOWED: entry(
    'the account is known to the identity provider, but is not allowed to use this server',
    'Ask the operator to allow it (MCP_SIGN_IN_ALLOW_DOMAINS, _GROUPS or _USERS).',
    403,
  ),
  SIGN_IN_PROVIDER_UNAVAILABLE: entry(
    'the identity provider cannot be reached, or fails',
    'Try again in a minute; the operator finds the reason with the command check and in the log.',
    503,
    true,
  ),
  SIGN_IN_PROVIDER_ANSWER: entry(
    'the answer of the identity provider cannot be believed or understood',
    'Connect again; the operator finds the reason in the log.',
    502,
  ),

  AUTH_CLIENTS_FULL: entry(
    'as many clients as are allowed in a day have registered themselves',
    'Try again tomorrow, or ask the operator to raise MCP_OAUTH_CLIENTS_PER_DAY.',
    503,
    true,
  ),
  AUTH_BUSY: entry(
    'more requests to the authorization server came at once than can wait in line',
    'Come again after the time in Retry-After; nothing was used up.',
    503,
    true,
  ),
  AUTH_DOCUMENT_REFUSED: entry(
    'the client metadata document is not one that this server fetches',
    'Serve it by https from a public address, without redirects, below 8 kB.',
    400,
  ),
  AUTH_DOCUMENT_UNREACHABLE: entry(
    'the site of the client metadata document does not answer',
    'Try again shortly.',
    503,
    true,
  ),
  AUTH_ISSUER_UNREACHABLE: entry(
    'the keys of the authorization server that issued the token cannot be fetched',
    'Try again shortly; the token is not at fault.',
    503,
    true,
  ),

  DOOR_TOKEN_MISSING: entry(
    'the request carries no bearer token',
    'Send Authorization: Bearer with a token.',
    401,
  ),
  DOOR_TOKEN_INVALID: entry('the bearer token is not known', 'Ask the operator for a valid token.', 401),
  DOOR_SCOPE: entry(
    'the access token does not hold the scope that the call needs',
    'Authorize again with the scope that is named.',
    403,
  ),
  DOOR_HOST: entry(
    'the Host header is not one of the server’s names',
    'Use the public URL of the server.',
    403,
  ),
  DOOR_ORIGIN: entry(
    'the Origin header is not allowed',
    'Call from an allowed origin (MCP_ALLOWED_ORIGINS).',
    403,
  ),
  DOOR_RATE_LIMITED: entry('too many requests', 'Wait for the time in Retry-After.', 429, true),
  DOOR_BODY_TOO_LARGE: entry('the body is larger than the limit', 'Send a shorter statement.', 413),
  DOOR_MALFORMED: entry(
    'the body is missing or is not JSON',
    'Send one JSON-RPC 2.0 message as UTF-8 JSON.',
    400,
  ),
  DOOR_INVALID_MESSAGE: entry(
    'the body is JSON but no JSON-RPC message, or a batch of none or of too many',
    'Send one JSON-RPC 2.0 message: {"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}.',
    400,
  ),
  DOOR_MEDIA_TYPE: entry('the body is not sent as JSON', 'Send Content-Type: application/json.', 415),
  DOOR_NOT_ACCEPTABLE: entry(
    'the client does not accept what the server can send',
    'Send Accept: application/json, text/event-stream.',
    406,
  ),
  DOOR_METHOD: entry('the HTTP method is not served there', 'Use POST on /mcp.', 405),
  DOOR_SESSION: entry(
    'the session is not one of the server’s, or was ended',
    'Send initialize again, without Mcp-Session-Id.',
    404,
  ),
  DOOR_NOT_FOUND: entry('no such page', 'MCP is served at /mcp.', 404),

  DEMO_PLATFORM: entry(
    'the embedded Postgres cannot run on this machine',
    'Use Linux with glibc, macOS or Windows on x64 or arm64, or point DATABASE_URL at a Postgres of your own.',
  ),
  DEMO_POSTGRES: entry(
    'the embedded Postgres could not be started',
    'Look at the last lines of its log, and check the free disk space.',
  ),

  START_FAILED: entry(
    'a server cannot start, because a part of it cannot be loaded or opened',
    'Install the packages of the server again; with LOG_LEVEL=debug the whole of the failure is printed.',
  ),
  CONFIG_INVALID: entry('the configuration has problems', 'Mend each problem that is listed.'),
  INTERNAL: entry('the server failed in a way it did not expect', 'Try again; tell the operator.', 500),
} as const satisfies Record<string, ErrorEntry>;

/** Every code the product may answer with. */
export type ErrorCode = keyof typeof errorCatalogue;
