import type { AlertsPlan, CheckPlan, NotifierPlan, Plan, ServicePlan } from '../../core/plan/index.ts';
import { maskCommand, maskDeep, maskSecret, maskText, maskValue } from './mask.ts';

/** The plan as it may be seen: the same shape, with secrets masked. */
export function planAsJson(plan: Plan): Plan {
  return {
    ...plan,
    services: plan.services.map(maskedService),
    checks: plan.checks.map(maskedCheck),
    alerts: plan.alerts === null ? null : maskedAlerts(plan.alerts),
  };
}

/** Alerts as they may be seen. */
export function maskedAlerts(alerts: AlertsPlan): AlertsPlan {
  return { ...alerts, notifiers: alerts.notifiers.map(maskedNotifier) };
}

function maskedNotifier(notifier: NotifierPlan): NotifierPlan {
  const target = Object.entries(notifier.target).map(([key, value]) => [
    key,
    notifier.secrets.includes(key) ? maskSecret(value) : maskDeep(value, key),
  ]);
  return { ...notifier, target: Object.fromEntries(target) as Record<string, unknown> };
}

/** A check as it may be seen. */
export function maskedCheck(check: CheckPlan): CheckPlan {
  return { ...check, target: maskDeep(check.target) as Record<string, unknown> };
}

/** A service as it may be seen. */
export function maskedService(service: ServicePlan): ServicePlan {
  const { healthcheck } = service;
  const variables = Object.entries(service.environment).map(([name, value]) => [name, maskValue(name, value)] as const);
  return {
    ...service,
    command: maskCommand(service.command),
    environment: Object.fromEntries(variables),
    healthcheck:
      healthcheck === null ? null : { ...healthcheck, target: maskDeep(healthcheck.target) as Record<string, unknown> },
    runbook: service.runbook === null ? null : maskText(service.runbook),
  };
}
