// Who of those that an identity provider knows may come in; it knows no provider, and an empty list keeps nobody out.
import type { Identity } from '../idp/identity-provider.ts';

/**
 * What the operator allows. `users` are let in whatever else is said; everybody else must be in one of the domains and in
 * one of the groups, as far as there are any. Where all three are empty, whoever the provider knows may come in.
 */
export type AllowList = {
  /** Domains of verified e-mail addresses, exact: example.com does not cover mail.example.com. */
  readonly domains: readonly string[];
  /** Groups as the provider names them, exact, case included. */
  readonly groups: readonly string[];
  /** Verified e-mail addresses, or subjects as the provider names them. */
  readonly users: readonly string[];
};

/** True where the identity may come in. */
export function isAllowed({ domains, groups, users }: AllowList, identity: Identity): boolean {
  const email = identity.emailVerified ? identity.email?.toLowerCase() : undefined;
  const domain = email?.slice(email.lastIndexOf('@') + 1);
  // No issuer holds a bar (RFC 3986), but subjects do: those of Auth0 name the connection before it.
  const own = identity.subject.slice(identity.subject.indexOf('|') + 1);
  if (users.some((one) => one === identity.subject || one === own || one.toLowerCase() === email))
    return true;
  const inDomain = domains.length === 0 || domains.some((one) => one.toLowerCase() === domain);
  const inGroup = groups.length === 0 || groups.some((one) => identity.groups.includes(one));
  const onlyUsers = users.length > 0 && domains.length + groups.length === 0;
  return inDomain && inGroup && !onlyUsers;
}
