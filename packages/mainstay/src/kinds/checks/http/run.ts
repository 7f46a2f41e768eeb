import type { Observation, ProbeContext } from '../../../ports/index.ts';
import type { X509Certificate } from 'node:crypto';
import {
  Report,
  UnusableTarget,
  Verdict,
  connectionError,
  judgeExpiry,
  readAuthorities,
  seconds,
  shownUrl,
} from '../../kit/index.ts';
import { complaint, statusMatches } from './expect.ts';
import { exchange } from './request.ts';
import type { Answer, Trace } from './request.ts';
import type { HttpTarget } from './target.ts';

/** Headers that must not reach another origin than the one they were meant for. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization']);

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as HttpTarget;
  const report = new Report(context);
  const first = URL.parse(settings.url);
  if (first === null || !/^https?:$/.test(first.protocol)) {
    return report.observe('unknown', 'the url is not an http:// or https:// URL');
  }
  const trace: Trace = { waitingFor: 'the address', times: {} };
  const data = (): Record<string, number | string> => ({ ...trace.times });
  const where = `${settings.method} ${shownUrl(first)}`;
  if (context.signal.aborted) return report.aborted(`${where}: an answer`);
  try {
    const { answer, chains, complaint: early } = await follow(settings, first, context, trace);
    const verdict = new Verdict();
    const wrong = early ?? complaint(answer, settings.expect);
    if (wrong !== null) verdict.complain('fail', wrong);
    const elapsed = report.elapsed();
    verdict.compare(elapsed, settings.latency, `took ${seconds(elapsed)}`, seconds);
    const { expiry } = settings;
    const days =
      expiry === undefined ? [] : chains.map((chain) => judgeExpiry(chain, expiry, context.wallMs(), verdict));
    const left = days.filter((one) => one !== null);
    const facts = {
      ...data(),
      status: answer.status,
      bytes: answer.body.length,
      ...(left.length === 0 ? {} : { days_left: Math.min(...left) }),
    };
    return verdict.observe(report, where, String(answer.status), facts);
  } catch (error) {
    if (context.signal.aborted) {
      const observation = report.aborted(`${where}: ${trace.waitingFor}`, data());
      // A resolver that does not answer says nothing about the target.
      return trace.waitingFor === 'the address' ? { ...observation, status: 'unknown' } : observation;
    }
    if (error instanceof UnusableTarget) return report.observe('unknown', error.message);
    const { status, message } = connectionError(error);
    const broken = trace.waitingFor === 'the rest of the answer' ? 'the answer broke off' : message;
    return report.observe(status, `${where}: ${broken}`, data());
  }
}

/** The answer after redirects; `complaint` when they lead nowhere. The trace is that of the last request. */
async function follow(
  settings: HttpTarget,
  first: URL,
  context: ProbeContext,
  trace: Trace,
): Promise<{ answer: Answer; chains: X509Certificate[][]; complaint: string | null }> {
  let { method, body } = settings;
  let headers = withLogin(settings);
  const { ca_file: file } = settings;
  const authorities = file === undefined ? undefined : await readAuthorities(file, context.workingDirectory);
  const chains: X509Certificate[][] = [];
  let url = first;
  for (let count = 0; ; count += 1) {
    trace.times = {};
    const { signal } = context;
    const answer = await exchange(
      { url, method, headers, body, authorities, signal, monotonicMs: () => context.monotonicMs() },
      trace,
    );
    const location = answer.headers.location;
    chains.push(answer.chain);
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined;
    if (!isRedirect || settings.redirects === 0 || statusMatches(answer.status, settings.expect.status)) {
      return { answer, chains, complaint: null };
    }
    if (count === settings.redirects) return { answer, chains, complaint: `more than ${settings.redirects} redirects` };
    const next = URL.parse(location, url.href);
    if (next === null || !/^https?:$/.test(next.protocol)) {
      return { answer, chains, complaint: `status ${answer.status} leads to something that is not an http(s) URL` };
    }
    if (next.origin === url.origin) {
      next.username = url.username;
      next.password = url.password;
    } else {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
    }
    // RFC 9110 section 15.4: 303 asks for a GET; of 301 and 302 every client makes one of a POST.
    if (answer.status === 303 || (answer.status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET';
      body = undefined;
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
    }
    url = next;
  }
}

/** The headers to send: `auth` becomes one, which like the others does not reach another origin. */
function withLogin({ auth, headers }: HttpTarget): Record<string, string> {
  if (auth === undefined) return headers;
  const { user = '', password = '', token } = auth;
  const basic = (): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return { ...headers, Authorization: token === undefined ? basic() : `Bearer ${token}` };
}
