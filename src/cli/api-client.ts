import { type IncomingMessage, request } from 'node:http';
import type { ListenAddress } from '../config/config.js';
import { formatEndpoint } from '../server/listen-error.js';

/** One request to the API of a running instance. */
export interface ApiCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query, percent-encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly timeoutMs?: number;
  /** Where the API asks for one. */
  readonly token?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** The instance can't be asked. The message names the address and says what to do. */
export class InstanceError extends Error {
  /** @param code `ERR_NO_INSTANCE`: nothing listens there; `ERR_INSTANCE`: what listens does not answer as an instance does */
  constructor(
    readonly code: 'ERR_NO_INSTANCE' | 'ERR_INSTANCE',
    message: string,
  ) {
    super(message);
  }
}

/** @throws InstanceError */
export async function callApi(address: ListenAddress, call: ApiCall): Promise<ApiAnswer> {
  const endpoint = formatEndpoint(address.address, address.port);
  let answer: { status: number; type: string; text: string };
  try {
    answer = await exchange(address, call);
  } catch (error) {
    throw unanswered(endpoint, error as NodeJS.ErrnoException);
  }
  if (!/^application\/(?:problem\+)?json\b/.test(answer.type)) throw foreign(endpoint);
  try {
    return { status: answer.status, json: JSON.parse(answer.text) };
  } catch {
    throw foreign(endpoint);
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** A status of a million members has about this many octets, and one that does not end must not fill the memory. */
const MAX_ANSWER_OCTETS = 256 * 1024 * 1024;

async function exchange(
  { address, port }: ListenAddress,
  { method, path, body, token, timeoutMs = DEFAULT_TIMEOUT_MS }: ApiCall,
): Promise<{ status: number; type: string; text: string }> {
  const signal = AbortSignal.timeout(timeoutMs);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: address, port, method, path, headers, agent: false, signal }, resolve)
      .on('error', reject)
      .end(text);
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_OCTETS) throw new Error('its answer does not end');
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'] ?? '',
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

function unanswered(endpoint: string, error: NodeJS.ErrnoException): InstanceError {
  if (error.code === 'ECONNREFUSED') {
    return new InstanceError('ERR_NO_INSTANCE', `no instance answers at ${endpoint}: is it running?`);
  }
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return new InstanceError('ERR_INSTANCE', `the instance at ${endpoint} does not answer in time`);
  }
  if (error.code?.startsWith('HPE_') === true) return foreign(endpoint);
  return new InstanceError('ERR_INSTANCE', `the instance at ${endpoint} can't be asked: ${error.message}`);
}

function foreign(endpoint: string): InstanceError {
  return new InstanceError('ERR_INSTANCE', `what listens at ${endpoint} is no instance of steerdns`);
}
