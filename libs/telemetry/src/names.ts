/** Names of what services log, so that a query finds the same thing in each of them. */
export const logFields = {
  sessionId: 'session_id',
  method: 'rpc_method',
  errorCode: 'error_code',
  errorField: 'error_field',
  address: 'address',
  model: 'model',
} as const;
