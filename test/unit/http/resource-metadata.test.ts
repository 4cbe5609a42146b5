// The address that clients are told, which must be the one they typed (RFC 9728, section 3.3).
import { describe, expect, it } from 'vitest';
import { endpointUrl, resourceMetadataUrl } from '../../../src/http/resource-metadata.ts';

describe('the public address of the endpoint', () => {
  it.each([
    ['https://a.example.com', 'https://a.example.com/mcp'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/mcp'],
    ['https://a.example.com/mcp', 'https://a.example.com/mcp'],
    ['https://a.example.com/fleet', 'https://a.example.com/fleet/mcp'],
  ])('is for %s the URL %s, so that a proxy may put the server below a path', (given, expected) => {
    expect(endpointUrl(given)).toBe(expected);
  });

  it('has its metadata between host and path', () => {
    expect(resourceMetadataUrl('https://a.example.com/fleet/mcp')).toBe(
      'https://a.example.com/.well-known/oauth-protected-resource/fleet/mcp',
    );
  });
});
