import type { Launch, Peer, PeerSetup } from './peer.js';

/**
 * No DNS server: the loop of bench/load/floor.c, for what the kernel's part of an answer costs.
 * @param program its compiled path
 */
export function floorOf(program: string): Peer {
  return {
    name: 'socket floor',
    features: ['static'],
    mostWorkers: 1,
    launch: ({ port }: PeerSetup): Launch => ({
      files: {},
      command: program,
      args: ['127.0.0.1', String(port)],
    }),
  };
}
