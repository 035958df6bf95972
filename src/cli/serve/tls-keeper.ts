import type { Logger } from 'pino';
import type { TlsStatus } from '../../admin/controls.js';
import type { TlsSpec } from '../../config/config.js';
import { Diagnostics } from '../../config/diagnostics.js';
import { type LoadedTls, loadTls } from '../../config/load-tls.js';
import type { TlsPair } from '../../server/tls-gate.js';
import { type FileWatch, watchFiles } from '../../snapshot/watch-files.js';

/** The certificate that is served, and the next one as soon as its files are there. */
export class TlsKeeper {
  /** Told of a certificate that came without a reload. */
  onRenewal: () => void = () => {};
  readonly #log: Logger;
  #spec: TlsSpec | undefined;
  #loaded: (LoadedTls & { readonly at: number }) | undefined;
  #problem: TlsStatus['problem'];
  #watch: FileWatch | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** What is served; undefined until there is one. */
  get pair(): TlsPair | undefined {
    return this.#loaded?.pair;
  }

  /**
   * Reads what a configuration names. What is wrong goes to the diagnostics, and to the status.
   * @returns undefined after an error, or when it names nothing
   */
  read(spec: TlsSpec | undefined, diagnostics: Diagnostics): LoadedTls | undefined {
    if (spec === undefined) return undefined;
    const own = new Diagnostics();
    const loaded = loadTls(spec, own, Date.now());
    diagnostics.list.push(...own.list);
    const first = own.list.find(({ severity }) => severity === 'error');
    if (first !== undefined) this.#problem = { at: new Date().toISOString(), message: first.message };
    return loaded;
  }

  /** Serves what was read, and reads it again when its files change. Without one, what was served before goes on. */
  use(spec: TlsSpec | undefined, loaded: LoadedTls | undefined): void {
    if (spec === undefined || loaded === undefined) return;
    this.#take(loaded);
    if (this.#spec?.certificate === spec.certificate && this.#spec.key === spec.key) {
      this.#spec = spec;
      return;
    }
    this.#spec = spec;
    this.#watch?.close();
    this.#watch = watchFiles([spec.certificate, spec.key], () => this.#renew());
  }

  status(): TlsStatus | undefined {
    if (this.#spec === undefined || this.#loaded === undefined) return undefined;
    const { names, notAfter, at } = this.#loaded;
    return {
      certificate: this.#spec.certificate,
      names,
      notAfter: new Date(notAfter).toISOString(),
      loadedAt: new Date(at).toISOString(),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  close(): void {
    this.#watch?.close();
  }

  /** The files have changed. Certificate and key are two, so the first of them alone may not fit the other. */
  #renew(): void {
    const diagnostics = new Diagnostics();
    const loaded = this.read(this.#spec, diagnostics);
    const file = this.#spec?.certificate;
    for (const { severity, message } of diagnostics.list) {
      if (severity === 'warning') this.#log.warn({ file }, message);
      else this.#log.error({ file }, `the new certificate is refused, the old one is served: ${message}`);
    }
    if (loaded === undefined) return;
    this.#take(loaded);
    this.#log.info(
      { file, notAfter: new Date(loaded.notAfter).toISOString() },
      'the certificate was renewed',
    );
    this.onRenewal();
  }

  #take(loaded: LoadedTls): void {
    this.#problem = undefined;
    const { pair } = loaded;
    const same = this.pair?.certificate === pair.certificate && this.pair.key === pair.key;
    if (!same) this.#loaded = { ...loaded, at: Date.now() };
  }
}
