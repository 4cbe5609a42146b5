// A program that puts up the demo database and waits; tests kill it in every way and look at what is left.
import { startEmbeddedPostgres } from '../../../src/demo/embedded-postgres.ts';

const server = await startEmbeddedPostgres();
const end = (): void => {
  server.stop().then(() => process.exit(0));
};
if (process.argv.includes('--handle-signals')) {
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
process.stdout.write(
  `${JSON.stringify({ ...server.pids(), directory: server.directory, url: server.connectionString(), uid: process.getuid?.() })}\n`,
);
