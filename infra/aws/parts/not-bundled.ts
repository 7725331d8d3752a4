/**
 * What the detector's bundle leaves out: the places where the SDK looks for credentials (profiles, SSO, a process, a web
 * identity) when the environment has none; Lambda's environment always has them. The SDK imports each one only when it
 * is needed. Together they would make the bundle a quarter larger, and the import at a cold start an eighth longer.
 */
export const NOT_BUNDLED = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
];
