import type { Steerdns } from './steerdns.js';

/** What /metrics said. */
export class Scrape {
  constructor(readonly text: string) {}

  /** Adds up the samples of a metric that have these labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  samples(
    name: string,
    labels: Readonly<Record<string, string>> = {},
  ): { readonly labels: Record<string, string>; readonly value: number }[] {
    return [...this.text.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)]
      .filter((match) => match[1] === name)
      .map((match) => ({ labels: labelsOf(match[2] ?? ''), value: Number(match[3]) }))
      .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  }
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, label, value]) => [label, value]),
  );
}

export async function scrape(steerdns: Steerdns): Promise<Scrape> {
  const { address, port } = steerdns.admin;
  const response = await fetch(`http://${address}:${port}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics: ${response.status} ${await response.text()}`);
  return new Scrape(await response.text());
}
