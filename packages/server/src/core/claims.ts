// What a token says of its bearer, once somebody has verified it: who it is, until when, and what it may do. Plain data, made by
// whoever verifies tokens; what it allows is decided in `policy.ts`.

/** One level of a granted pattern: text, a wildcard, or the place of a value in {@link Claims.values}. */
export type GrantLevel = string | number;

/** A pattern that a token grants, in levels. */
export interface Grant {
  /** As the token spells it: `user.{sub}.**`. */
  readonly text: string;
  readonly levels: readonly GrantLevel[];
  /** It can match more than one topic. */
  readonly isWild: boolean;
}

/** What a grant is about. */
export type Right =
  | "sub"
  | "pub"
  | "presence"
  | "queue.send"
  | "queue.consume"
  | "queue.manage"
  | "call"
  | "serve";

/** Bounds that a token raises or lowers for its bearer; those it does not name are the hub's. */
export interface GrantedLimits {
  readonly publishPerSecond?: number;
  readonly publishBytesPerSecond?: number;
  readonly newTopicsPerSecond?: number;
  /** Connections of the subject at a time. */
  readonly connections?: number;
  /** Subscriptions of a session. */
  readonly subscriptions?: number;
  /** Patterns among them. */
  readonly patterns?: number;
}

/** The rights of a token. Tokens that say the same share one. */
export interface Grants {
  readonly rights: Readonly<Record<Right, readonly Grant[]>>;
  readonly limits: GrantedLimits;
}

/** A token that was found good. Times are in milliseconds since 1970. */
export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  /** `jti`; null when the token has none. */
  readonly tokenId: string | null;
  /** `kid` of the key that signed it; null when it has none, and for tickets. */
  readonly keyId: string | null;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly grants: Grants;
  /** What stands for the variables of the grants: each one coded level, or null where the claim is missing or fits no level. */
  readonly values: readonly (string | null)[];
}
