import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    reporters: ['default', './test/support/retried.ts'],
    setupFiles: [
      'test/support/patience.ts',
      'test/support/properties.ts',
      'test/support/promises-unhooked.ts',
    ],
    // A pipeline test starts the whole local runtime, on a machine that others may keep busy. Longer than a test waits
    // for a condition, so that what fails is the condition.
    testTimeout: 60_000,
    // Hooks start sessions and browsers, while the other worker may use both cores.
    hookTimeout: 120_000,
    // More than cores: half of the tests wait for a process, a browser or a retry, half of the time.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // Loading aws-cdk-lib, the SDK and DuckDB anew for every file would take a third of the whole time.
    isolate: false,
    env: {
      // CDK would otherwise run its own validation plug-ins at every synth, which takes seconds.
      CDK_VALIDATION: 'false',
      // No test may ever reach a real account.
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      // The SDK warns at every start that it will want Node 22 in 2027.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  },
});
