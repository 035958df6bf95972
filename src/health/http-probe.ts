import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import { resultOfError } from './probe-error.js';
import {
  failed,
  MAX_BODY_OCTETS,
  type ProbeResult,
  type Prober,
  type ProbeTarget,
  passed,
} from './probe-result.js';

/** Passes when the answer has one of the statuses and, where `expect.body` is given, that text. Redirects are not followed. */
export const probeHttp: Prober = (probe, signal) =>
  ask(probe, (onResponse) => httpRequest(optionsOf(probe, 80, signal), onResponse));

/** As {@link probeHttp} over TLS. The certificate is not verified: see docs/health.md. */
export const probeHttps: Prober = (probe, signal) =>
  ask(probe, (onResponse) =>
    httpsRequest(
      {
        ...optionsOf(probe, 443, signal),
        servername: serverNameOf(probe),
        rejectUnauthorized: false,
      },
      onResponse,
    ),
  );

type Start = (onResponse: (response: IncomingMessage) => void) => ReturnType<typeof httpRequest>;

function ask(probe: ProbeTarget, start: Start): Promise<ProbeResult> {
  return new Promise((resolve) => {
    try {
      let answered = false;
      const request = start((response) => {
        answered = true;
        judge(response, probe, (result) => {
          resolve(result);
          request.destroy();
        });
      });
      request.on('error', (error) => resolve(resultOfError(error, probe.address)));
      request.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(judgeStatus(response, probe) ?? failed('it left HTTP (status 101)'));
      });
      request.on('close', () => {
        if (!answered) resolve(failed('closed without an answer'));
      });
      request.end();
    } catch (error) {
      // A header or path that Node refuses to send, which only this check's words can cause.
      resolve(failed(`the request can't be made: ${(error as Error).message}`));
    }
  });
}

/**
 * Reads the answer to its end, since one that hangs half-way is of no use to clients either; but no further than
 * MAX_BODY_OCTETS, and not past the text that is looked for.
 */
function judge(response: IncomingMessage, probe: ProbeTarget, end: (result: ProbeResult) => void): void {
  const wrongStatus = judgeStatus(response, probe);
  if (wrongStatus !== undefined) {
    end(wrongStatus);
    return;
  }
  const wanted = probe.expect.body;
  const good = passed(`status ${response.statusCode}`);
  let body = Buffer.alloc(0);
  response.on('data', (octets: Buffer) => {
    body = Buffer.concat([body, octets]);
    if (wanted !== undefined && body.includes(wanted)) end(good);
    else if (body.length >= MAX_BODY_OCTETS) {
      end(
        wanted === undefined
          ? good
          : failed(`${JSON.stringify(wanted)} is not in the first ${MAX_BODY_OCTETS} octets`),
      );
    }
  });
  response.on('end', () =>
    end(
      wanted === undefined
        ? good
        : failed(`${JSON.stringify(wanted)} is not in the answer (${startOf(body)})`),
    ),
  );
  response.on('error', (error) => end(resultOfError(error, probe.address)));
  response.on('close', () => end(failed('closed in the middle of the answer')));
}

function judgeStatus(response: IncomingMessage, probe: ProbeTarget): ProbeResult | undefined {
  const status = response.statusCode ?? 0;
  if (probe.expect.status.includes(status)) return undefined;
  return failed(`status ${status}, expected ${formatStatuses(probe.expect.status)}`);
}

/** `200 or 204`, and `200-299` for what was written as 2xx. */
function formatStatuses(statuses: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const status of [...statuses].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && status <= run[1] + 1) run[1] = status;
    else runs.push([status, status]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(' or ');
}

function optionsOf(probe: ProbeTarget, defaultPort: number, signal: AbortSignal): RequestOptions {
  const address = isIPv6(probe.address) ? `[${probe.address}]` : probe.address;
  const host = probe.host ?? (probe.port === defaultPort ? address : `${address}:${probe.port}`);
  return {
    // A connection of its own for each probe: a kept one would not notice that the member takes no new ones.
    agent: false,
    host: probe.address,
    port: probe.port,
    method: probe.method,
    path: probe.path,
    headers: { Host: host, 'User-Agent': 'steerdns', Accept: '*/*', ...probe.headers },
    signal,
  };
}

/** SNI takes host names only (RFC 6066 §3); an empty one sends none. */
function serverNameOf(probe: ProbeTarget): string {
  const name = (probe.host ?? probe.address).replace(/:\d+$/, '');
  return isIP(name) === 0 && !name.startsWith('[') && !name.includes(':') ? name : '';
}

function startOf(body: Buffer): string {
  const text = body.subarray(0, 60).toString('latin1');
  return `it starts ${JSON.stringify(text)}`;
}
