// Every collection that holds sealed records, in one table: the page of records is printed from it, and nothing else may be written.

/** What the page of records says of a collection. */
export type CollectionFacts = {
  /** What an id is, before it is hashed. */
  readonly id: string;
  /** What a record holds. */
  readonly record: string;
  /** How long a record lives, and what ends it earlier. */
  readonly life: string;
  /** The file that writes and reads it. */
  readonly owner: string;
};

/** Collections by name. */
export const collections: Readonly<Record<string, CollectionFacts>> = {
  state: {
    id: '`seal`',
    record:
      'a word that the secrets of the server must open; it proves at start that they are the right ones',
    life: 'for ever; made with the first start',
    owner: 'src/store/seal-check.ts',
  },
  account: {
    id: 'subject of the account: issuer and subject, or `key:` and the name',
    record: 'who signed in: name, address, groups, and what the provider needs to be asked again',
    life: 'some months after the last refresh; a day after the provider ended it',
    owner: 'src/auth/sign-in/accounts.ts',
  },
  'account-name': {
    id: 'name of the analyst',
    record: 'subject of the account that has the name, so that no two accounts share one',
    life: 'longer than its account, so that no name passes to somebody else soon',
    owner: 'src/auth/sign-in/accounts.ts',
  },
};
