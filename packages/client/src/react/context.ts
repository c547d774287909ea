// Which client the components below use.

import { createContext, createElement, type ReactElement, type ReactNode, useContext } from "react";
import type { AnyClient, Client } from "../client.ts";

const Context = createContext<Client | undefined>(undefined);

/** What {@link FanwireProvider} takes. */
export interface FanwireProviderProps {
  /** Made outside of components, so that it is the same whenever they are rendered. Nothing is sent until it is used. */
  readonly client: AnyClient;
  readonly children?: ReactNode;
}

/** Gives a client to the components in it. It closes nothing: the client is the application's. */
export function FanwireProvider({ client, children }: FanwireProviderProps): ReactElement {
  return createElement(Context.Provider, { value: client }, children);
}

/** The client of the nearest {@link FanwireProvider}. Throws a TypeError when there is none. */
export function useClient(): Client {
  const client = useContext(Context);
  if (!client) throw new TypeError("no FanwireProvider is above this component");
  return client;
}
