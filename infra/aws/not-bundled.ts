/**
 * What the detector's bundle leaves out: where the SDK would look for credentials (profiles, SSO, a process, a web
 * identity) when the environment has none, which Lambda's always has. The SDK imports each only when it gets there, and
 * together they would be a quarter more of the bundle, and an eighth more of a cold start's import.
 */
export const NOT_BUNDLED = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
];
