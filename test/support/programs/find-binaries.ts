// A process that looks for the Postgres binaries of a package that its server account cannot reach.
import { findBinaries } from '../../../src/demo/binaries.ts';
import { serverAccount } from '../../../src/demo/server-account.ts';

const [packageRoot, ...cacheFolders] = process.argv.slice(2);
process.stdout.write(findBinaries(serverAccount(), packageRoot, cacheFolders).folder);
