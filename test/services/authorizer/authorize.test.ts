import { describe, expect, it } from 'vitest';
import { createAuthorizer } from '../../../services/authorizer/authorize.ts';
import { BEARER_PATTERN, hashToken } from '../../../services/contract/site-token.ts';

const TOKEN = 'A'.repeat(43);
const ARN = 'arn:aws:execute-api:us-east-1:000000000000:api/v1/POST/readings';

function authorizerOf(sites: Record<string, string>) {
  const asked: string[] = [];
  const authorize = createAuthorizer(async (hash) => {
    asked.push(hash);
    return sites[hash];
  });
  return { asked, ask: (authorizationToken: string) => authorize({ authorizationToken, methodArn: ARN }) };
}

describe('the authorizer', () => {
  it('names the site of a token, allows the one method, and is told only the hash', async () => {
    const { ask, asked } = authorizerOf({ [hashToken(TOKEN)]: 'plant-1' });
    const verdict = await ask(`Bearer ${TOKEN}`);
    expect(verdict).toEqual({
      principalId: 'plant-1',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: ARN }],
      },
      context: { site: 'plant-1' },
      usageIdentifierKey: hashToken(TOKEN),
    });
    expect(asked).toEqual([hashToken(TOKEN)]);
    expect(JSON.stringify(verdict)).not.toContain(TOKEN);
    // What API Gateway accepts as the value of an API key.
    expect(verdict.usageIdentifierKey).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['', TOKEN, 'Bearer short', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, `Bearer ${'/'.repeat(43)}`])(
    'asks nobody about "%s", as API Gateway would not ask it',
    async (header) => {
      const { ask, asked } = authorizerOf({});
      await expect(ask(header)).rejects.toThrow(/^Unauthorized$/);
      expect(asked).toEqual([]);
      expect(new RegExp(BEARER_PATTERN).test(header)).toBe(false);
    },
  );

  it('refuses an unknown token in the word that API Gateway turns into 401', async () => {
    await expect(authorizerOf({}).ask(`Bearer ${TOKEN}`)).rejects.toThrow(/^Unauthorized$/);
  });

  it('that cannot look is an error of its own, and no refusal', async () => {
    const authorize = createAuthorizer(() => Promise.reject(new Error('throttled')));
    const request = { authorizationToken: `Bearer ${TOKEN}`, methodArn: ARN };
    await expect(authorize(request)).rejects.toThrow('throttled');
  });
});
