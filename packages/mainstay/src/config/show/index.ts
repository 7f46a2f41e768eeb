/** The plan for eyes: as YAML and as JSON, secrets masked. */
export { MASK, maskCommand, maskText, maskValue } from './mask.ts';
export { maskedService, planAsJson } from './masked.ts';
export { planForPeople } from './people.ts';
