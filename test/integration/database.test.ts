// Reading from Postgres directly.
import { describeReadingDatabase } from '../contract/reading-database.ts';

describeReadingDatabase('Postgres directly', (url) => url);
