import type { StatusReport } from '@mainstay/protocol';
import { maskCommand } from '../../config/show/mask.ts';
import type { Plan, ServicePlan } from '../../core/plan/index.ts';
import type { Context } from '../framework/index.ts';
import { phaseColour, renderTable } from '../text/index.ts';
import type { Label } from '../run/progress.ts';
import { startOrder } from './order.ts';

/** Where a service is reached: the address of its http check, otherwise its ports. */
function addressOf(service: ServicePlan, instance: number): string {
  const url = service.healthcheck?.kind === 'http' ? service.healthcheck.target['url'] : undefined;
  const origin = typeof url === 'string' && !url.includes('${') && URL.canParse(url) ? new URL(url).origin : null;
  if (origin !== null && service.instances === 1) return `${origin}/`;
  return service.ports
    .map(({ host, port, step, protocol }) => {
      const address = `${host ?? '*'}:${port + step * instance}`;
      return protocol === 'udp' ? `${address}/udp` : address;
    })
    .join(', ');
}

/** The services after the start: state, and where they are reached. */
export function summaryTable(report: StatusReport, plan: Plan, label: Label, context: Context): string {
  const byName = new Map(plan.services.map((service) => [service.name, service]));
  const rows = report.services.map((one) => {
    const service = byName.get(one.name);
    return [
      { text: label(one.name, one.instance) },
      { text: one.state, colour: phaseColour(one.state) },
      { text: service === undefined ? '' : addressOf(service, one.instance) },
      { text: one.state === 'ready' || one.state === 'completed' ? '' : (one.reason ?? '') },
    ];
  });
  const columns = [
    { title: 'NAME', shrinkTo: 12 },
    { title: 'STATE' },
    { title: 'ADDRESS', shrinkTo: 20 },
    { title: 'REASON', shrinkTo: 10 },
  ];
  return renderTable(columns, rows, context.io.columns(), context.style);
}

/** What runs it. */
function runOf({ foreign, command }: ServicePlan): string {
  return foreign === null ? maskCommand(command).join(' ') : `${foreign.by} ${foreign.name}`;
}

/** `up --dry-run`: what would start, in order. */
export function orderTable(plan: Plan, names: readonly string[], context: Context): string {
  const conditions = {
    service_started: 'started',
    service_healthy: 'healthy',
    service_completed_successfully: 'completed',
  };
  const rows = startOrder(plan, names).map(({ service, wave }) => [
    { text: String(wave) },
    { text: service.instances > 1 ? `${service.name} ×${service.instances}` : service.name },
    { text: service.type },
    { text: service.dependsOn.map((one) => `${one.service} ${conditions[one.condition]}`).join(', ') },
    { text: runOf(service) },
  ]);
  const columns = [
    { title: 'STEP', align: 'right' as const },
    { title: 'NAME', shrinkTo: 12 },
    { title: 'TYPE' },
    { title: 'AFTER', shrinkTo: 16 },
    { title: 'COMMAND', shrinkTo: 12 },
  ];
  return renderTable(columns, rows, context.io.columns(), context.style);
}
