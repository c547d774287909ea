// The public interface of validators (Standard Schema, version 1; standardschema.dev, MIT), as far as it is used here. Written down and
// not depended on, as its authors mean it.

/** A validator as zod, valibot, arktype and others make it: takes an `Input`, gives an `Output`. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a validator says: the value, or what is wrong with it. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong. */
export interface StandardIssue {
  readonly message: string;
  /** Where in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a validator takes. */
export type InputOf<S> = S extends StandardSchema<infer I, infer _> ? I : never;

/** What a validator gives. */
export type OutputOf<S> = S extends StandardSchema<infer _, infer O> ? O : never;
