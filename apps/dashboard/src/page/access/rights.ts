// What the visitor can try: some of it is granted to this page, some is not.

export interface Right {
  readonly id: string;
  readonly verb: "follow" | "publish";
  /** A pattern to follow, or a topic to publish to. */
  readonly name: string;
}

/** `level`: the host that is shown, as a level of its topics; undefined until one is found. */
export function rights(level = "this-machine"): readonly Right[] {
  return [
    { id: "follow-host", verb: "follow", name: "host.**" },
    { id: "follow-board", verb: "follow", name: "board.**" },
    { id: "publish-board", verb: "publish", name: "board.strokes" },
    { id: "publish-host", verb: "publish", name: `host.${level}.cpu.0` },
    { id: "publish-hub", verb: "publish", name: "$sys.hub" },
    { id: "follow-secrets", verb: "follow", name: "secrets.**" },
    { id: "follow-all", verb: "follow", name: "**" },
  ];
}

export const rightWords = ({ verb, name }: Right): string =>
  verb === "follow" ? `follow ${name}` : `publish on ${name}`;
