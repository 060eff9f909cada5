/** gRPC plumbing: handlers and clients as async functions, health, reflection, statuses, draining. */
export {
  type Admission,
  type AdmissionOptions,
  type AdmittedPlace,
  type EntryLimits,
  createAdmission,
} from './admission.js';
export {
  type CallLimits,
  type ClientStream,
  type Connection,
  callBidi,
  callServerStream,
  callUnary,
  connect,
} from './client.js';
export { isServing, waitForServing } from './health.js';
export { type RunningServer, type ServerOptions, startServer } from './server.js';
export { type CallContext, type Handler, type ServerStream, type Service, defineService } from './service.js';
export { type ServiceOptions, type StartedService, runService } from './run-service.js';
