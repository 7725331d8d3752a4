/** What the page can do with rules: edit their file, try them on history, say what that costs. */
import { S3Client } from '@aws-sdk/client-s3';
import { explainAws } from '../../../cli/aws-problem.ts';
import { clientOptions } from '../../../cli/client-options.ts';
import { lakeBytes } from '../../../cli/lake-size.ts';
import type { StackOutputs } from '../../../cli/outputs.ts';
import { createBacktests } from './backtest-process.ts';
import { createRulesFile, type RulesFile } from './rules-file.ts';
import { createTrials, type Trials } from './trials.ts';

export interface RuleDesk {
  file: RulesFile;
  trials: Trials;
  /** Bytes of the lake in the days of a span that ends now. */
  lakeBytes(spanMs: number): Promise<number>;
  /** What makes a written file take effect, as somebody types it. */
  applyWith: string;
  close(): void;
}

interface RuleDeskOptions {
  /** Folder of this checkout. */
  project: string;
  /** With which commands find the stack. */
  flags: readonly string[];
  applyWith: string;
  outputs(): Pick<StackOutputs, 'Region' | 'Endpoint' | 'LakeBucketName'>;
}

const DENIED = 'What it costs is not known, because these credentials may not list the lake';

export function createRuleDesk({ project, flags, applyWith, outputs }: RuleDeskOptions): RuleDesk {
  const trials = createTrials(createBacktests(project, flags));
  let client: S3Client | undefined;
  return {
    ...{ file: createRulesFile(), trials, applyWith },
    async lakeBytes(spanMs) {
      const { LakeBucketName, Endpoint, ...of } = outputs();
      client ??= new S3Client(clientOptions({ ...of, Endpoint }));
      const now = Date.now();
      try {
        return await lakeBytes(client, LakeBucketName, now - spanMs, now);
      } catch (error) {
        throw explainAws(error, { service: 'S3', endpoint: Endpoint, denied: DENIED });
      }
    },
    close() {
      trials.close();
      client?.destroy();
    },
  };
}
