/** What is asked of a service. HOST: only host members; URL: only members with a `url`. */
export const Want = { A: 0, AAAA: 1, HOST: 2, URL: 3 } as const;
export type Want = (typeof Want)[keyof typeof Want];
