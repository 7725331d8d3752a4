/** A Lambda authorizer: the function is invoked, its policy is evaluated, and both are remembered for a while. */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { parseJson } from '../base/parse-json.ts';
import { contextOf } from '../iam/context.ts';
import { allows } from '../iam/decision.ts';
import { identityDocument } from '../iam/document.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { AuthorizerConfiguration } from './configuration.ts';
import { GatewayResponse } from './gateway-response.ts';

const outputSchema = z.object({
  principalId: z.string(),
  policyDocument: identityDocument,
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  usageIdentifierKey: z.string().optional(),
});

export interface Caller {
  /** `$context.authorizer` of mapping templates: every value is text. */
  context: Record<string, string>;
  usageKey: string | undefined;
}

type Output = z.infer<typeof outputSchema>;

export class Authorizer {
  readonly #configuration: AuthorizerConfiguration;
  readonly #fn: Pick<LambdaFunction, 'invoke'>;
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #remembered = new Map<string, { output: Output; untilMs: number }>();

  constructor(
    configuration: AuthorizerConfiguration,
    fn: Pick<LambdaFunction, 'invoke'>,
    clock: Pick<Clock, 'elapsed'>,
  ) {
    this.#configuration = configuration;
    this.#fn = fn;
    this.#clock = clock;
  }

  /** @throws GatewayResponse where the caller may not call the method */
  async admit(token: string | undefined, methodArn: string): Promise<Caller> {
    const { pattern } = this.#configuration;
    if (!token || (pattern && !pattern.test(token))) throw new GatewayResponse('UNAUTHORIZED');
    const { principalId, policyDocument, context, usageIdentifierKey } = await this.#ask(token, methodArn);
    const access = { action: 'execute-api:Invoke', resource: methodArn, context: contextOf({}) };
    if (!allows(policyDocument, access)) throw new GatewayResponse('ACCESS_DENIED');
    const texts = Object.entries(context).map(([key, value]) => [key, String(value)]);
    return { context: { ...Object.fromEntries(texts), principalId }, usageKey: usageIdentifierKey };
  }

  async #ask(authorizationToken: string, methodArn: string): Promise<Output> {
    const nowMs = this.#clock.elapsed();
    const known = this.#remembered.get(authorizationToken);
    if (known && known.untilMs > nowMs) return known.output;
    const event = { type: 'TOKEN', authorizationToken, methodArn };
    const result = await this.#fn.invoke(JSON.stringify(event)).catch(() => {
      throw new GatewayResponse('AUTHORIZER_CONFIGURATION_ERROR');
    });
    if (result.status !== 'ok') {
      const isRefusal = result.status === 'error' && result.errorMessage === 'Unauthorized';
      throw new GatewayResponse(isRefusal ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE');
    }
    const output = parseJson(result.payload, outputSchema);
    if (!output) throw new GatewayResponse('AUTHORIZER_FAILURE');
    const untilMs = nowMs + this.#configuration.ttlMs;
    for (const [token, { untilMs: end }] of this.#remembered)
      if (end <= nowMs) this.#remembered.delete(token);
    this.#remembered.set(authorizationToken, { output, untilMs });
    return output;
  }
}
