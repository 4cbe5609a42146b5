// Reads the configuration with everything that its parts need to know about databases and tokens.
import { readTokens } from '../auth/static-tokens.ts';
import type { Purpose } from '../config/configuration.ts';
import type { Surroundings } from '../config/environment.ts';
import { type LoadedConfiguration, loadConfiguration, type Readers } from '../config/load-configuration.ts';
import type { OptionFile } from '../config/option-file.ts';
import type { OptionName } from '../config/options.ts';
import { connectionSettings } from '../pg/connection-source.ts';

/** Where the options come from beside the surroundings. */
export type ConfigurationRequest = {
  readonly surroundings: Surroundings;
  readonly purpose: Purpose;
  /** The path of the YAML file; MCP_CONFIG where it is left out. */
  readonly filePath?: string | undefined;
  readonly overrides?: Readonly<Partial<Record<OptionName, string>>>;
};

/** The readers of this product. */
export const readers: Readers = { database: connectionSettings, tokens: readTokens };

/** The configuration; throws CONFIG_INVALID with every problem. */
export async function configure(request: ConfigurationRequest): Promise<LoadedConfiguration> {
  const { surroundings, purpose, overrides = {} } = request;
  const file = await openOptionFile(request);
  return loadConfiguration({ ...surroundings, purpose, file, overrides, readers });
}

/** The YAML file, where one is named; the parser of YAML is loaded only then. */
export async function openOptionFile(
  request: Pick<ConfigurationRequest, 'surroundings' | 'filePath'>,
): Promise<OptionFile | undefined> {
  const path = request.filePath ?? request.surroundings.env['MCP_CONFIG'];
  if (path === undefined || path === '') return undefined;
  const { readOptionFile } = await import('../config/option-file.ts');
  return readOptionFile(path, request.surroundings.readFile);
}
