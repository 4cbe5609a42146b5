// The doctor: looks at everything that an operator may have got wrong, one finding at a time, and changes nothing.
import { readFile } from 'node:fs/promises';
import { toCodedError } from '../base/errors.ts';
import type { Configuration } from '../config/configuration.ts';
import { builtInCatalog } from '../guard/builtin-catalog.ts';
import { type InspectedLogin, inspectLogin, type TransactionMode } from '../pg/inspect-login.ts';
import { type Core, createCore } from './core.ts';
import { type Finding, failedFinding } from './finding.ts';
import { signInFindings } from './sign-in-checks.ts';

/** Findings in the order of the road of a query; those that need a connection end with the first that says there is none. */
export async function* runChecks(configuration: Configuration): AsyncGenerator<Finding> {
  const core = createCore(configuration, () => undefined);
  try {
    yield tokens(configuration);
    yield* guardFindings(core);
    yield* storeFindings(configuration);
    yield* databaseFindings(configuration, core);
    yield* signInFindings(configuration);
  } finally {
    await core.close();
  }
}

function tokens({ auth, signIn, oauth }: Configuration): Finding {
  const check = 'tokens';
  const count = auth.tokens.length;
  if (count > 0) return { check, state: 'ok', found: `${count} ${count === 1 ? 'analyst' : 'analysts'}` };
  if (signIn !== undefined) return { check, state: 'ok', found: 'none: analysts sign in (MCP_SIGN_IN)' };
  if (oauth.issuers.length > 0)
    return { check, state: 'ok', found: 'none: others issue them (MCP_OAUTH_ISSUERS)' };
  const todo = 'Make one with the command token; without any, only stdio can be served.';
  return { check, state: 'warning', found: 'no analyst may call over HTTP', todo };
}

/** A store that cannot be used keeps nobody from querying, so the findings go on after it. */
async function* storeFindings(configuration: Configuration): AsyncGenerator<Finding> {
  try {
    const { stateFindings } = await import('./state-checks.ts');
    yield* stateFindings(configuration);
  } catch (error) {
    const coded = toCodedError(error);
    const problem = coded.facts.problems?.[0];
    if (problem === undefined) yield failedFinding('state', coded);
    else
      yield {
        check: 'state',
        state: 'failed',
        found: `${problem.name} ${problem.reason}`,
        todo: coded.facts.hint,
      };
  }
}

async function* guardFindings({ guard }: Core): AsyncGenerator<Finding> {
  const check = 'guard';
  const read = await guard.check('select 1', builtInCatalog());
  const write = await guard.check(
    'with gone as (delete from t returning 1) select * from gone',
    builtInCatalog(),
  );
  if (!read.accepted) yield failedFinding(check, read.error);
  else if (write.accepted)
    yield { check, state: 'failed', found: 'accepts a DELETE', todo: 'Do not serve; report this.' };
  else yield { check, state: 'ok', found: `accepts a read, refuses a write (${write.error.code})` };
}

async function* databaseFindings(configuration: Configuration, core: Core): AsyncGenerator<Finding> {
  const { connection, connectTimeoutMs } = configuration.database;
  const where = `${connection.host}:${connection.port}, database ${connection.database}, role ${connection.user}`;
  const startedAt = performance.now();
  let login: InspectedLogin;
  try {
    login = await inspectLogin(connection, connectTimeoutMs);
  } catch (error) {
    const finding = failedFinding('connection', toCodedError(error));
    yield { ...finding, found: `${where}: ${finding.found}` };
    return;
  }
  try {
    yield {
      check: 'connection',
      state: 'ok',
      found: `${where}, in ${Math.round(performance.now() - startedAt)} ms`,
    };
    yield* serverFindings(configuration, login);
    yield* writeFindings(login);
  } catch (error) {
    yield failedFinding('server', toCodedError(error));
  } finally {
    await login.close();
  }
  yield* roleFindings(configuration, core);
}

async function* serverFindings({ database }: Configuration, login: InspectedLogin): AsyncGenerator<Finding> {
  const server = await login.row(await sqlText('server'));
  yield tlsFinding(database.connection, server['tls_version']);
  const version = `PostgreSQL ${String(server['version'])}${server['recovering'] === true ? ', a replica' : ''}`;
  yield Number(server['version_number']) >= 150_000
    ? { check: 'server', state: 'ok', found: version }
    : {
        check: 'server',
        state: 'warning',
        found: version,
        todo: 'Versions before 15 are not tested.',
      };
  const pooled = login.announcedProcess !== null && server['backend'] !== login.announcedProcess;
  if (pooled)
    yield {
      check: 'pooler',
      state: 'ok',
      found: 'a pooler such as PgBouncer stands in between; transaction mode is enough',
    };
  const limit = Number(server['connection_limit']);
  const fits = database.poolMax <= limit;
  yield {
    check: 'connections',
    state: fits ? 'ok' : 'warning',
    found: `MCP_POOL_MAX is ${database.poolMax}, the role may have ${limit}`,
    todo: fits ? undefined : 'Lower MCP_POOL_MAX, or raise the connection limit of the role.',
  };
}

function tlsFinding({ host, tls }: Configuration['database']['connection'], version: unknown): Finding {
  const check = 'tls';
  const local = host.startsWith('/') || /^(localhost|127\.|::1)/.test(host);
  const todo = 'Use sslmode=verify-full with the root certificate of the server.';
  if (typeof version !== 'string') {
    const found = `not encrypted (sslmode ${tls.mode})`;
    return local
      ? { check, state: 'ok', found: `${found}, on this machine` }
      : { check, state: 'warning', found, todo };
  }
  const proof = {
    none: 'the server is not proved',
    authority: 'the authority is proved, not the name',
    full: 'the server is proved',
  }[tls.verification];
  const fine = local || tls.verification === 'full';
  return {
    check,
    state: fine ? 'ok' : 'warning',
    found: `${version}, ${proof} (sslmode ${tls.mode})`,
    todo: fine ? undefined : todo,
  };
}

const writes: readonly {
  readonly name: string;
  readonly mode: TransactionMode;
  readonly onSuccess: 'failed' | 'warning';
}[] = [
  { name: 'create-table', mode: 'READ ONLY', onSuccess: 'failed' },
  { name: 'create-table', mode: 'READ WRITE', onSuccess: 'failed' },
  { name: 'create-schema', mode: 'READ WRITE', onSuccess: 'failed' },
  { name: 'create-temporary-table', mode: 'READ WRITE', onSuccess: 'warning' },
  { name: 'create-large-object', mode: 'READ WRITE', onSuccess: 'warning' },
];

async function* writeFindings(login: InspectedLogin): AsyncGenerator<Finding> {
  const refused: string[] = [];
  for (const { name, mode, onSuccess } of writes) {
    const what = `${name.replaceAll('-', ' ')} in a ${mode.toLowerCase()} transaction`;
    const sqlState = await login.attempt(await sqlText(name), mode);
    if (sqlState === undefined)
      yield {
        check: 'read-only',
        state: onSuccess,
        found: `Postgres let the role ${what} (rolled back)`,
        todo: 'Run the script that the command role prints, as the owner of the database.',
      };
    else refused.push(`${what} (${sqlState})`);
  }
  if (refused.length > 0)
    yield { check: 'read-only', state: 'ok', found: `Postgres refused: ${refused.join(', ')}` };
}

async function* roleFindings({ database }: Configuration, core: Core): AsyncGenerator<Finding> {
  const check = 'role';
  try {
    const problems = await core.role.problems();
    if (problems.length === 0) yield { check, state: 'ok', found: 'can read and do nothing else' };
    for (const { severity, problem, place, mend } of problems) {
      const state = severity === 'advice' || database.allowUnsafeRole ? 'warning' : 'failed';
      yield { check, state, found: place === '' ? problem : `${problem}: ${place}`, todo: mend };
    }
  } catch (error) {
    yield failedFinding(check, toCodedError(error));
  }
}

function sqlText(name: string): Promise<string> {
  return readFile(new URL(`../../sql/check/${name}.sql`, import.meta.url), 'utf8');
}
