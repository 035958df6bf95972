/** The part of the application's log that transfers use. */
export interface TransferLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
