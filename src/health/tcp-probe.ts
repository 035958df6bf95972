import { connect } from 'node:net';
import { resultOfError } from './probe-error.js';
import { failed, MAX_BODY_OCTETS, type ProbeResult, type Prober, passed } from './probe-result.js';

/** Passes when the member takes the connection and, where `expect.body` is given, sends that text first. */
export const probeTcp: Prober = (probe, signal) =>
  new Promise((resolve) => {
    const wanted = probe.expect.body;
    let greeting = Buffer.alloc(0);
    const socket = connect({ host: probe.address, port: probe.port, signal });
    const end = (result: ProbeResult): void => {
      resolve(result);
      socket.destroy();
    };
    socket.on('error', (error) => end(resultOfError(error, probe.address)));
    socket.on('close', () => end(failed('closed before it sent the text that is expected')));
    if (wanted === undefined) {
      socket.on('connect', () => end(passed('connected')));
      return;
    }
    socket.on('data', (octets) => {
      greeting = Buffer.concat([greeting, octets]);
      if (greeting.includes(wanted)) end(passed('connected, with the text that is expected'));
      else if (greeting.length > MAX_BODY_OCTETS) {
        end(failed(`the text that is expected is not in the first ${MAX_BODY_OCTETS} octets`));
      }
    });
  });
