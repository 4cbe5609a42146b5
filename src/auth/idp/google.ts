// Google: no groups, no offline_access, and an address that is only as good as the domain behind it.
import { textClaim } from './claims.ts';
import { type OpenIdPreset, standardIdentity, subjectOf } from './openid-preset.ts';

const issuer = 'https://accounts.google.com';

/** `MCP_SIGN_IN=google` */
export const google: OpenIdPreset = {
  name: 'google',
  label: 'Google',
  issuer: () => issuer,
  scopes: [],
  scopesIfSupported: () => [],
  // Google's own way to a refresh token; without prompt=consent it is given only the first time ever.
  parameters: { access_type: 'offline', prompt: 'consent' },
  clientAuthentication: 'post',
  userInfo: 'never',
  identify: (claims, context) => {
    const identity = standardIdentity({ ...claims, iss: issuer }, context);
    const { email = '', emailVerified } = identity;
    // A private account may carry a company's address that was verified once and has changed hands since: Google vouches
    // for its own domain, and for those of Workspace, whose accounts have hd.
    const isVouchedFor = /@(gmail|googlemail)\.com$/i.test(email) || textClaim(claims, 'hd') !== undefined;
    return {
      ...identity,
      subject: subjectOf(issuer, textClaim(claims, 'sub')),
      emailVerified: emailVerified && isVouchedFor,
      groups: [],
    };
  },
};
