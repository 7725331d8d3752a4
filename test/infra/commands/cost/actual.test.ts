import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CostExplorerClient } from '@aws-sdk/client-cost-explorer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actualCost, periodUntil, renderActual } from '../../../../infra/commands/cost/actual.ts';
import { runCost } from '../../../../infra/commands/cost/cost.ts';
import { listen } from '../support/listen.ts';

const NOW = new Date('2026-11-26T10:00:00Z');
let server: Server;
let client: CostExplorerClient;
let asked: Record<string, unknown>[];
let answers: object[];

beforeEach(async () => {
  [asked, answers] = [[], []];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(JSON.parse(body));
    const answer = answers.shift();
    response.writeHead(answer ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer ?? { __type: 'AccessDeniedException', message: 'because' }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  client = new CostExplorerClient({
    ...{ region: 'us-east-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
});
afterEach(() => {
  client.destroy();
  server.close();
});

const month = (start: string, groups: [string, string][], more: object = {}) => ({
  TimePeriod: { Start: start, End: '' },
  Estimated: start === '2026-11-01',
  Groups: groups.map(([service, Amount]) => ({
    Keys: [service],
    Metrics: { UnblendedCost: { Amount, Unit: 'USD' } },
  })),
  ...more,
});

describe('what AWS has billed', () => {
  it('is asked by the tag of the stack, and shown by month and service, with what asking cost', async () => {
    answers = [
      {
        ResultsByTime: [
          month('2026-10-01', [
            ['AWS Lambda', '0.1'],
            ['Amazon Kinesis', '10.95'],
          ]),
        ],
        NextPageToken: 'more',
      },
      { ResultsByTime: [month('2026-11-01', [['Amazon Kinesis', '9.5']])] },
    ];
    const actual = await actualCost(client, 'Streamwatch-prod', NOW);
    expect(asked[0]).toMatchObject({
      TimePeriod: { Start: '2026-10-01', End: '2026-11-27' },
      Filter: { Tags: { Key: 'streamwatch-stack', Values: ['Streamwatch-prod'] } },
    });
    expect(asked[1]).toMatchObject({ NextPageToken: 'more' });
    const line = (name: string, usd: string) => `  ${name.padEnd(44)}${usd.padStart(12)}`;
    expect(renderActual(actual).split('\n')).toEqual([
      'Streamwatch-prod, 2026-10',
      line('Amazon Kinesis', '$10.95'),
      line('AWS Lambda', '$0.10'),
      line('Sum', '$11.05'),
      '',
      'Streamwatch-prod, 2026-11, so far',
      line('Amazon Kinesis', '$9.50'),
      line('Sum', '$9.50'),
      '',
      'Asked Cost Explorer 2 times: $0.02.',
      '',
    ]);
  });

  it('is nothing before the tag is activated, which is said', async () => {
    answers = [{ ResultsByTime: [month('2026-10-01', [])] }];
    const said = renderActual(await actualCost(client, 'Streamwatch', NOW));
    expect(said).toContain('Activate the cost allocation tag streamwatch-stack');
    expect(said).toContain('Asked Cost Explorer 1 time: $0.01.');
  });

  it('says which permission is missing', async () => {
    await expect(actualCost(client, 'Streamwatch', NOW)).rejects.toThrow(
      'These credentials may not ask for costs (ce:GetCostAndUsage): because',
    );
  });

  it.each([
    ['2026-01-31T23:59:59Z', { Start: '2025-12-01', End: '2026-02-01' }],
    ['2026-03-01T00:00:00Z', { Start: '2026-02-01', End: '2026-03-02' }],
  ])('at %s is that of the last month and this one', (now, period) => {
    expect(periodUntil(new Date(now))).toEqual(period);
  });

  it('is that of the environment, and needs no fleet', async () => {
    const { said, io } = listen();
    const stacks: string[] = [];
    const world = {
      ...io,
      synthesize: async () => ({}),
      actual: async (stack: string) => {
        stacks.push(stack);
        return { stack, months: [], requests: 1 };
      },
    };
    expect(await runCost(['--actual', '--env', 'prod', '--json'], world)).toBe(0);
    expect(JSON.parse(said.stdout)).toEqual({ stack: 'Streamwatch-prod', months: [], requests: 1 });
    expect(await runCost(['--devices', '5'], world)).toBe(2);
    expect(stacks).toEqual(['Streamwatch-prod']);
  });
});
