// Says which option to mend where the operating system lets us not listen; it opens nothing itself.
import { CodedError } from '../base/errors.ts';

/** An address, and the names of the options that it came from. */
export type ListenAddress = {
  readonly host: string;
  readonly port: number;
  readonly hostOption: 'HOST' | 'MCP_ADMIN_HOST';
  readonly portOption: 'PORT' | 'MCP_ADMIN_PORT';
};

/** Why it failed by the code of the system call (listen(2), getaddrinfo(3)), and which option is to blame. */
const reasons: Readonly<Record<string, { readonly blame: 'host' | 'port'; readonly reason: string }>> = {
  EADDRINUSE: { blame: 'port', reason: 'is in use: something else listens there already' },
  EACCES: { blame: 'port', reason: 'may not be listened on by this user; take one from 1024' },
  EADDRNOTAVAIL: { blame: 'host', reason: 'is not an address of this machine' },
  ENOTFOUND: { blame: 'host', reason: 'is not a known host name' },
};

/** URL that `door` listens at; throws CONFIG_INVALID where the address cannot be had. */
export async function listenAt(
  door: { readonly listen: (host: string, port: number) => Promise<string> },
  { host, port, hostOption, portOption }: ListenAddress,
): Promise<string> {
  try {
    return await door.listen(host, port);
  } catch (error) {
    const known = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    if (known === undefined) throw error;
    const [name, value] = known.blame === 'port' ? [portOption, String(port)] : [hostOption, host];
    const problems = [{ name, value, reason: known.reason }];
    throw new CodedError('CONFIG_INVALID', 'the configuration has one problem', { problems, cause: error });
  }
}
