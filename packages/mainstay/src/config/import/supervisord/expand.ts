import { dirname } from 'node:path';
import { sourceError } from '../errors.ts';
import type { Notes } from '../notes.ts';
import { literal } from '../shell.ts';
import type { IniSection, IniValue } from './ini.ts';

export interface Numbering {
  count: number;
  start: number;
}

export interface ExpandContext {
  section: IniSection;
  program: string;
  group: string;
  numbering: Numbering;
  notes: Notes;
  /** What `%(here)s` stands for; the absolute directory of the file when it is not given. */
  here?: string;
  /** false: the value is the same for all instances. */
  perInstance: boolean;
}

/**
 * Replaces supervisord's `%(NAME)s` and `%%`. Variables of the environment and the number of the
 * process become `${NAME}` and `${INSTANCE}`, because they are known only when a program starts.
 * @throws MainstayError naming the place of an expression that supervisord does not know either
 */
export function expand(value: IniValue, context: ExpandContext): string {
  let result = '';
  let at = 0;
  for (const match of value.value.matchAll(/%(?:%|\((\w+)\)(\d*)([sd])|)/g)) {
    result += literal(value.value.slice(at, match.index));
    at = match.index + match[0].length;
    const [all, name, width, conversion] = match;
    if (all === '%%') result += '%';
    else if (name === undefined) {
      throw sourceError(
        value.label,
        value.line,
        value.column + match.index,
        'a % stands alone',
        'write %% for a percent sign, %(NAME)s for a value',
      );
    } else {
      const found = expression(name, { width: width ?? '', conversion: conversion ?? 's' }, value, context);
      if (found === null) {
        throw sourceError(
          value.label,
          value.line,
          value.column + match.index,
          `${all} is not known`,
          'known are here, program_name, group_name, host_node_name, process_num, numprocs and ENV_NAME',
        );
      }
      result += found;
    }
  }
  return result + literal(value.value.slice(at));
}

interface Form {
  width: string;
  conversion: string;
}

function expression(name: string, form: Form, value: IniValue, context: ExpandContext): string | null {
  if (name.startsWith('ENV_')) return `\${${name.slice(4)}}`;
  if (name === 'here') return context.here ?? dirname(context.section.path);
  if (name === 'program_name') return context.program;
  if (name === 'group_name') return context.group;
  if (name === 'numprocs') return padded(context.numbering.count, form);
  if (name === 'process_num') return processNumber(form, value, context);
  if (name !== 'host_node_name') return null;
  context.notes.approximated(
    `${value.label}:${value.line}`,
    '%(host_node_name)s',
    'mainstay does not set the name of the machine',
    'set HOSTNAME in .env',
  );
  return '${HOSTNAME}';
}

/** `${INSTANCE}` is one digit for up to ten instances, so a number that starts at a ten can be put before it. */
function processNumber(form: Form, value: IniValue, context: ExpandContext): string {
  const { count, start } = context.numbering;
  const where = `${value.label}:${value.line}`;
  if (count === 1) return padded(start, form);
  if (!context.perInstance) {
    context.notes.approximated(
      where,
      '%(process_num)s',
      'instances differ in command and environment only, so the first number was written',
      'let the program use ${INSTANCE} from its command',
    );
    return padded(start, form);
  }
  if (start % 10 === 0 && count <= 10) return `${padded(start, form).slice(0, -1)}\${INSTANCE}`;
  if (start === 0 && form.width === '') return '${INSTANCE}';
  context.notes.approximated(
    where,
    `%(process_num)${form.width}${form.conversion}`,
    `\${INSTANCE} counts 0, 1 … without leading zeros${start === 0 ? '' : `, and not from ${start}`}`,
    'check where the program uses the number',
  );
  return '${INSTANCE}';
}

function padded(count: number, { width }: Form): string {
  const digits = String(count);
  return digits.padStart(Number(width || 0), width.startsWith('0') ? '0' : ' ');
}
