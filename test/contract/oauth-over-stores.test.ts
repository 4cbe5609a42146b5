// What sessions rest on, over every kind of store: one use of a code, one line of refresh tokens, one ending for all replicas.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import {
  callTool,
  newClient,
  newCode,
  newPkce,
  redeem,
  refresh,
  revoke,
  signedIn,
  tokensOf,
} from '../support/oauth-client.ts';
import { type OauthTestDoor, openOauthDoor, recordsOf } from '../support/oauth-door.ts';
import { type StorePlace, storesUnderTest } from '../support/store-backends.ts';

const parallel = 50;

for (const { name, skipped, start } of storesUnderTest) {
  describe.skipIf(skipped !== undefined)(
    `sessions over ${name}${skipped === undefined ? '' : ` (${skipped})`}`,
    () => {
      let place: StorePlace;
      let stores: readonly Store[];
      let replicas: readonly OauthTestDoor[];
      let keepsRecords = true;

      beforeAll(async () => {
        place = await start();
        stores = [await place.open(), await place.open()];
        keepsRecords = stores.every(({ capabilities }) => capabilities.keepsRecords);
        const first = await openOauthDoor(recordsOf(stores[0]!));
        // The second replica stands behind the same public URL.
        const settings = { issuer: first.issuer, resource: first.resource };
        replicas = [first, await openOauthDoor(recordsOf(stores[1]!), { settings })];
      });

      afterAll(async () => {
        for (const { server } of replicas) await server.close();
        for (const store of new Set(stores)) await store.close();
        await place.stop();
      });

      it('lets exactly one of 50 parallel redemptions of a code succeed, on two replicas', async () => {
        const [first, second] = replicas as [OauthTestDoor, OauthTestDoor];
        for (let round = 0; round < 3; round += 1) {
          const client = await newClient(first);
          const { verifier, challenge } = newPkce();
          const code = await newCode(first, client, challenge);
          const answers = await Promise.all(
            Array.from({ length: parallel }, (_, index) =>
              redeem(
                { url: (index % 2 === 0 ? first : second).url, resource: first.resource },
                client,
                code,
                verifier,
              ),
            ),
          );
          const won = answers.filter(({ status }) => status === 200);
          expect(won).toHaveLength(1);
          const lost = answers.filter(({ status }) => status !== 200);
          expect(new Set(lost.map(({ body }) => body['error']))).toEqual(new Set(['invalid_grant']));
          expect((await callTool(second, tokensOf(won[0]!).access)).status).toBe(200);
        }
      });

      it('gives 50 parallel uses of a refresh token on two replicas one successor', async () => {
        const [first, second] = replicas as [OauthTestDoor, OauthTestDoor];
        const { client, tokens } = await signedIn(first);
        const answers = await Promise.all(
          Array.from({ length: parallel }, (_, index) =>
            refresh(index % 2 === 0 ? first : second, client, tokens.refresh),
          ),
        );
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1);
        expect((await refresh(second, client, tokensOf(answers[0]!).refresh)).status).toBe(200);
      });

      it('authorizes on one replica, redeems on the other, and revokes on either', async () => {
        const [first, second] = replicas as [OauthTestDoor, OauthTestDoor];
        const client = await newClient(second);
        const { verifier, challenge } = newPkce();
        const code = await newCode(first, client, challenge);
        const redeemed = await redeem({ url: second.url, resource: first.resource }, client, code, verifier);
        const tokens = tokensOf(redeemed);
        expect((await callTool(first, tokens.access)).status).toBe(200);
        expect((await revoke(second, client, tokens.refresh)).status).toBe(200);
        expect((await callTool(second, tokens.access)).status).toBe(401);
        expect((await refresh(first, client, tokens.refresh)).body).toMatchObject({ error: 'invalid_grant' });
      });

      it('says whether it can keep sessions at all', () => {
        expect(keepsRecords).toBe(!name.startsWith('memcached'));
      });
    },
  );
}
