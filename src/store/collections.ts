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
    life: '400 days after it was last confirmed; a day after the provider ended it',
    owner: 'src/auth/sign-in/accounts.ts',
  },
  'account-name': {
    id: 'name of the analyst, in lower case',
    record: 'subject of the account that has the name, so that no two accounts share one',
    life: '800 days, so that no name passes to somebody else soon',
    owner: 'src/auth/sign-in/accounts.ts',
  },
  'sign-in': {
    id: 'id of the authorization request',
    record: 'how far a person has come with signing in, and the hash of the browser’s cookie',
    life: '15 minutes',
    owner: 'src/auth/sign-in/sign-in.ts',
  },
  'sign-in-trip': {
    id: '`state` of the request to the identity provider',
    record: 'what the answer of the provider is checked against',
    life: '15 minutes; taken with the answer',
    owner: 'src/auth/sign-in/sign-in.ts',
  },
  'oauth-client': {
    id: 'client id',
    record: 'a client that registered itself: name and redirect URIs',
    life: 'a day until it is first used, then renewed with its use',
    owner: 'src/auth/authorization/record-adapter.ts',
  },
  'oauth-interaction': {
    id: 'id of the authorization request',
    record: 'an authorization request that waits for a person',
    life: '15 minutes; ends with the answer',
    owner: 'src/auth/authorization/record-adapter.ts',
  },
  'oauth-code': {
    id: 'authorization code',
    record: 'what the code is good for, and whether it was redeemed',
    life: '2 minutes and a tolerance for clocks',
    owner: 'src/auth/authorization/record-adapter.ts',
  },
  'oauth-grant': {
    id: 'id of the grant',
    record: 'what an analyst allowed a client; deleting it ends every token of the grant',
    life: 'as long as its newest refresh token; ends with revocation',
    owner: 'src/auth/authorization/record-adapter.ts',
  },
  'oauth-refresh': {
    id: 'refresh token',
    record: 'grant and account of the token, and when it was used',
    life: 'as long as an unused refresh token is good for; 30 days once it was used',
    owner: 'src/auth/authorization/record-adapter.ts',
  },
  'oauth-keys': {
    id: 'one fixed word',
    record: 'keys that sign access tokens: the next, the present and the last ones',
    life: 'for ever; the keys in it are replaced in turn',
    owner: 'src/auth/authorization/signing-keys.ts',
  },
  'oauth-quota': {
    id: 'day of the count',
    record: 'how many clients have registered themselves, and of how many others documents were kept',
    life: '2 days',
    owner: 'src/auth/authorization/client-quota.ts',
  },
  'oauth-document': {
    id: 'URL of a client’s metadata document',
    record: 'the document as it was last fetched',
    life: 'a week; it stands in while the site of the client cannot be reached',
    owner: 'src/auth/authorization/document-fetch.ts',
  },
};
