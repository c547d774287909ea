// Who may talk to the demo: programs and pages of this machine.

const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/** A page of another site that points its name at this machine still sends its own name as Host. */
const isLocalHost = (host: string | undefined): boolean =>
  host !== undefined && LOCAL_HOST.test(host);

/** Browsers say which page asks; other programs say nothing. */
const isOwnOrigin = (origin: string | undefined, host: string | undefined): boolean =>
  origin === undefined || origin === `http://${host}`;

export interface Asking {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

export const mayAsk = ({ host, origin }: Asking): boolean =>
  isLocalHost(host) && isOwnOrigin(origin, host);
