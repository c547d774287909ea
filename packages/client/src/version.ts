/** The version of this package, as HELLO tells it. */
export const version = "0.0.0";
