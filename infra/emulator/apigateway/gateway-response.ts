/** What API Gateway itself answers, by its response types ("Gateway response types for API Gateway"). */

const TYPES = {
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token'],
  UNAUTHORIZED: [401, 'Unauthorized'],
  ACCESS_DENIED: [403, 'User is not authorized to access this resource'],
  INVALID_API_KEY: [403, 'Forbidden'],
  THROTTLED: [429, 'Too Many Requests'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported Media Type'],
  BAD_REQUEST_BODY: [400, 'Invalid request body'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, null],
  AUTHORIZER_FAILURE: [500, null],
  API_CONFIGURATION_ERROR: [500, 'Internal server error'],
  INTEGRATION_FAILURE: [504, 'Network error communicating with endpoint'],
} as const satisfies Record<string, readonly [number, string | null]>;

export type ResponseType = keyof typeof TYPES;

/** Thrown by a step that lets a request go no further. */
export class GatewayResponse extends Error {
  readonly type: ResponseType;
  readonly status: number;
  readonly body: string;

  constructor(type: ResponseType) {
    const [status, message] = TYPES[type];
    super(type);
    this.type = type;
    this.status = status;
    this.body = JSON.stringify({ message });
  }
}
