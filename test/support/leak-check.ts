// Runs after each file of the "real" tests: the file fails where it left connections to its database open.
import { afterAll } from 'vitest';
import { dropOpenDatabases } from './postgres.ts';

afterAll(() => dropOpenDatabases());
