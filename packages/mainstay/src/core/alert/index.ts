/** Alerts: what people are told, when, and how often. Pure. */
export * from './message.ts';
