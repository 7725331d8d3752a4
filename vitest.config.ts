import { defineConfig } from 'vitest/config';

const TEMPLATE_TESTS = 'test/infra/aws/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: 'test/helpers/synthesize.ts',
    setupFiles: 'test/helpers/patience.ts',
    // A template test synthesizes, a pipeline test starts the whole local runtime.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
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
    projects: [
      { extends: true, test: { name: 'rest', include: ['test/**/*.test.ts'], exclude: [TEMPLATE_TESTS] } },
      // Loading aws-cdk-lib takes more time than the tests of the template do: once for all of them.
      { extends: true, test: { name: 'template', include: [TEMPLATE_TESTS], isolate: false } },
    ],
  },
});
