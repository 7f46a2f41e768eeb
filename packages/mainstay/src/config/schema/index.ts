/** The keys of mainstay.yaml: what may be written, what it means, and what is said when it is wrong. */
export type { CheckKind, CheckKinds } from './healthcheck.ts';
export type { NotifierKinds } from './alerts.ts';
export { besideKeys } from './healthcheck.ts';
export {
  type AlertsOutput,
  type ApiOutput,
  type CheckOutput,
  type FileOutput,
  type ServiceOutput,
  environmentSchema,
  fileSchema,
} from './top.ts';
export { ALERT_KEYS, type MonitorOutput, monitorViewSchema } from './monitor.ts';
export { configSchema } from './json.ts';
export { configurationReference } from './reference.ts';
export { issueProblems } from './issues.ts';
