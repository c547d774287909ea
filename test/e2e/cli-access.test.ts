import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fanwire, type Running, serve } from "./shell.ts";

const folder = mkdtempSync(join(tmpdir(), "fanwire-"));
const at = (name: string): string => join(folder, name);
const env = { XDG_CONFIG_HOME: at("config") };
const key = at("key.json");

/** Runs to the end. */
async function run(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const command = fanwire(args, { env: { ...env, ...more } });
  const { code } = await command.exited;
  return { code, out: command.out, err: command.err };
}

async function token(...args: readonly string[]): Promise<string> {
  return (await run(["token", "--key", key, ...args])).out.trim();
}

beforeAll(async () => {
  expect((await run(["keys", "new", "--out", key])).code).toBe(0);
  writeFileSync(at("hub-key.json"), (await run(["keys", "public", key])).out);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("keys", () => {
  test("keys new writes a key for its owner alone, and never over another", async () => {
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const before = readFileSync(key, "utf8");
    const { code, err } = await run(["keys", "new", "--out", key]);
    expect(code).toBe(1);
    expect(err).toMatch(/is there already/u);
    expect(readFileSync(key, "utf8")).toBe(before);
  });

  test("keys public shows the half that makes no tokens", async () => {
    const { d } = JSON.parse(readFileSync(key, "utf8")) as { d: string };
    expect(d).toMatch(/\S{20}/u);
    expect(readFileSync(at("hub-key.json"), "utf8")).not.toContain(d);
    const made = await run(["token", "--key", at("hub-key.json"), "--sub", "eve"]);
    expect(made).toMatchObject({ code: 2, out: "" });
    expect(made.err).toMatch(/private key is needed/u);
  });

  test.each(["EdDSA", "ES256", "RS256", "PS256", "HS256"])(
    "a key for %s makes tokens that are good",
    async (alg) => {
      const file = at(`${alg}.json`);
      await run(["keys", "new", "--alg", alg, "-o", file]);
      const made = await run(["token", "-k", file, "--sub", "ada"]);
      const checked = await run(["token", "check", made.out.trim(), "-k", file]);
      expect(checked.code).toBe(0);
      expect(checked.out).toMatch(/^Good until /u);
    },
  );

  test.each([
    [["keys"]],
    [["keys", "old"]],
    [["keys", "new", "--alg", "none"]],
    [["keys", "public"]],
  ])("%j is told with the next step", async (args) => {
    const { code, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(/fanwire keys --help shows how it goes/u);
  });
});

describe("token", () => {
  test("without a key it makes a development key once, for its owner alone", async () => {
    const first = await run(["token", "--sub", "ada"]);
    const file = join(env.XDG_CONFIG_HOME, "fanwire", "dev-key.json");
    expect(first.err).toMatch(/made a development key/u);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await run(["token", "--sub", "ada"]);
    expect(second.err).not.toMatch(/made a development key/u);
    expect(existsSync(file)).toBe(true);
    expect((await run(["token", "check", second.out.trim()])).code).toBe(0);
  });

  test("check says what a token grants, and why it allows something or does not", async () => {
    const made = await token(
      "--sub",
      "ada",
      "--allow-sub",
      "prices.**",
      "--allow-pub",
      "user.{sub}.**",
    );
    const yes = await run(["token", "check", made, "--key", key, "--can", "sub prices.acme"]);
    expect(yes.code).toBe(0);
    expect(yes.out).toMatch(/^pub: user\.ada\.\*\*$/mu);
    expect(yes.out).toMatch(/^Yes: sub prices\.\*\* covers prices\.acme\.$/mu);
    const no = await run(["token", "check", made, "--key", key, "--can", "pub user.bob.x"]);
    expect(no.code).toBe(1);
    expect(no.out).toMatch(/^No: None of its pub patterns covers all of user\.bob\.x/mu);
    const json = await run(["token", "check", made, "--key", key, "--can", "sub **", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ isGood: true, subject: "ada", isAllowed: false });
    expect(json.code).toBe(1);
    const send = await run(["token", "check", made, "--key", key, "--can", "send thumbnails"]);
    expect(send.code).toBe(1);
    expect(send.out).toMatch(/^No: The token grants no send at all\.$/mu);
  });

  test("--allow-send, --allow-consume and --allow-manage grant rights on queues", async () => {
    const flags = ["--allow-send", "a", "--allow-send", "b", "--allow-consume", "{sub}"];
    const made = await run(["token", "-k", key, "--sub", "ada", ...flags, "--allow-manage", "**"]);
    expect(made.err).toMatch(
      /ada may follow nothing, publish to nothing, send jobs to the queues a, b, take jobs of the queue \{sub\} and manage all queues, for 1h/u,
    );
    const told = await run(["token", "check", made.out.trim(), "-k", key]);
    expect(told.out).toMatch(/^queue\.send: a, b$/mu);
    expect(told.out).toMatch(/^queue\.consume: ada$/mu);
    expect(told.out).toMatch(/^queue\.manage: \*\*$/mu);
    const may = async (what: string) =>
      (await run(["token", "check", made.out.trim(), "-k", key, "--can", what])).code === 0;
    expect([await may("send a"), await may("send c")]).toEqual([true, false]);
    expect([await may("consume ada"), await may("consume a")]).toEqual([true, false]);
    expect([await may("manage any"), await may("sub a")]).toEqual([true, false]);
  });

  test("--allow-presence grants the right to enter, which a service has everywhere", async () => {
    const made = await run(["token", "-k", key, "--sub", "ada", "--allow-presence", "rooms.**"]);
    expect(made).toMatchObject({
      code: 0,
      err: expect.stringMatching(/publish to nothing and be present in rooms\.\*\*, for 1h/u),
    });
    const may = async (jwt: string, what: string) =>
      (await run(["token", "check", jwt.trim(), "-k", key, "--can", what])).code === 0;
    expect(await may(made.out, "presence rooms.blue")).toBe(true);
    expect(await may(made.out, "presence other")).toBe(false);
    expect(await may(await token("--sub", "feed", "--service"), "presence other")).toBe(true);
    const some = await token("--sub", "feed", "--service", "--allow-presence", "rooms.**");
    expect(await may(some, "presence other")).toBe(false);
  });

  test("a hub is told to take the half of the key that makes no tokens", async () => {
    const made = await run(["token", "--key", key, "--sub", "ada"]);
    const [, line] = /A hub takes it with[^:]*: (fanwire .*)\n$/u.exec(made.err)!;
    expect(line).toBe(
      `fanwire keys public ${key} > hub-key.json; fanwire serve --keys hub-key.json`,
    );
    const secret = at("secret.json");
    await run(["keys", "new", "--alg", "HS256", "--out", secret]);
    const shared = await run(["token", "--key", secret, "--sub", "ada"]);
    expect(shared.err).toMatch(/A hub takes it with the same key: fanwire serve --keys \S+\n$/u);
  });

  test("--json tells of rights on queues what was given, and a service has all of them unless it is given some", async () => {
    const queueOf = async (...args: readonly string[]) => {
      const { out } = await run(["token", "-k", key, "--sub", "a", "--json", ...args]);
      return (JSON.parse(out) as { claims: { fanwire: { queue?: object } } }).claims.fanwire.queue;
    };
    expect(await queueOf("--allow-sub", "x")).toBeUndefined();
    expect(await queueOf("--allow-consume", "x")).toEqual({ consume: ["x"] });
    expect(await queueOf("--service", "--allow-consume", "x")).toEqual({ consume: ["x"] });
    const all = ["**"];
    expect(await queueOf("--service")).toEqual({ send: all, consume: all, manage: all });
  });

  test("check says why a token is not good, with another key too", async () => {
    const made = await token("--sub", "ada", "--ttl", "60s");
    const broken = await run(["token", "check", `${made.slice(0, -6)}AAAAAA`, "--key", key]);
    expect(broken).toMatchObject({ code: 1, out: expect.stringMatching(/^Not good: /u) });
    const other = await run(["token", "check", made]);
    expect(other.code).toBe(1);
    expect(other.out).not.toContain(made);
  });

  test("--service lifts what a service needs, --claim fills variables, --json tells all", async () => {
    const service = await token("--sub", "feed", "--service");
    const told = await run(["token", "check", service, "--key", key, "--can", "pub any.thing"]);
    expect(told.out).toMatch(/publishPerSecond: 100,000/u);
    expect(told.code).toBe(0);
    const team = await token("--sub", "a", "--allow-sub", "team.{team}.**", "--claim", "team=red");
    expect((await run(["token", "check", team, "-k", key, "--can", "sub team.red.x"])).code).toBe(
      0,
    );
    const json = await run(["token", "-k", key, "--sub", "a", "--jti", "id-1", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ claims: { sub: "a", jti: "id-1", ttl: 3600 } });
  });

  test.each([
    [["token"], /needs --sub/u],
    [["token", "--sub", "a", "--ttl", "soon"], /is no time like/u],
    [["token", "--sub", "a", "--allow-sub", "a..b"], /is no pattern/u],
    [
      ["token", "--sub", "a", "--allow-send", "a.b"],
      /--allow-send "a\.b" names no queue: that is/u,
    ],
    [["token", "--sub", "a", "--allow-consume", "$x"], /--allow-consume "\$x" names no queue/u],
    [["token", "--sub", "a", "--allow-manage", "a b"], /--allow-manage "a b" names no queue/u],
    [["token", "--sub", "a", "--allow-send", "own-{sub}"], /names no queue/u],
    [["token", "--sub", "a", "--allow-send", "{a b}"], /fanwire\.queue\.send\[0\] is no pattern/u],
    [["token", "--sub", "a", "--claim", "x"], /is not NAME=VALUE/u],
    [["token", "--sub", "a", "--claim", "exp=1"], /cannot set exp/u],
    [["token", "--sub", "a", "--key", "nowhere.json"], /cannot be read/u],
    [
      ["token", "check", "x", "--can", "fly"],
      /is not 'sub PATTERN', 'pub TOPIC', 'presence PATTERN', or 'send'/u,
    ],
    [["token", "mint"], /takes flags, or check and a token/u],
  ])("%j is told", async (args, sentence) => {
    const { code, err, out } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
    expect(out).toBe("");
  });
});

describe("a hub with keys", () => {
  let hub: Running;
  let url: string;

  beforeAll(async () => {
    ({ hub, url } = await serve(
      "--keys",
      at("hub-key.json"),
      "--host",
      "0.0.0.0",
      "--data",
      at("data"),
    ));
    url = url.replace("0.0.0.0", "127.0.0.1");
  });

  afterAll(async () => {
    hub.child.kill("SIGTERM");
    expect(await hub.exited).toEqual({ code: 0, signal: null });
    expect(hub.out + hub.err).not.toMatch(/eyJ[\w-]+\./u);
  });

  test("pub and sub go by their tokens, from the environment or a flag", async () => {
    const ada = await token("--sub", "ada", "--allow-sub", "news.**");
    const feed = await token("--sub", "feed", "--service");
    const sub = fanwire(["sub", "news.**", "-n", "1"], {
      env: { ...env, FANWIRE_URL: url, FANWIRE_TOKEN: ada },
    });
    await sub.until("err", /listening to/u);
    expect((await run(["pub", "news.a", "1", "-u", url, "--token", feed])).code).toBe(0);
    expect((await sub.exited).code).toBe(0);
    expect(sub.out).toBe("news.a\t1\n");
    const refused = await run(["pub", "news.a", "1", "-u", url, "--token", ada]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /does not allow to publish to "news\.a"\. \(forbidden\)\n.*fanwire token/u,
    );
    const denied = await run(["sub", "other.**", "-u", url, "--token", ada]);
    expect(denied.code).toBe(1);
    expect(denied.err).toMatch(/\(forbidden\)/u);
  });

  test("what no token allows is told without the advice to make one", async () => {
    const feed = await token("--sub", "feed", "--service");
    const { code, err } = await run(["pub", "$sys.hub", "1", "-u", url, "--token", feed]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^fanwire: .*topics that begin with \$ are the hub's own\. \(forbidden\)\n$/u,
    );
  });

  test("what a service may not follow unless it is named, is said and can be named", async () => {
    const help = await run(["token", "--help"]);
    expect(help.out.replaceAll(/\s+/gu, " ")).toMatch(
      /but \$sys\.hub and what else begins with \$/u,
    );
    const named = await token("--sub", "ops", "--allow-sub", "**", "--allow-sub", "$sys.**");
    const can = ["-k", key, "--can", "sub $sys.hub"];
    expect((await run(["token", "check", named, ...can])).code).toBe(0);
    const service = await token("--sub", "feed", "--service");
    expect((await run(["token", "check", service, ...can])).code).toBe(1);
  });

  test("who may send to a queue may not take its jobs, and the other way round", async () => {
    const manager = await token("--sub", "ops", "--allow-manage", "thumbs");
    const page = await token("--sub", "ada", "--allow-send", "thumbs");
    const worker = await token("--sub", "w", "--allow-consume", "thumbs");
    const queue = (verb: string, jwt: string, ...more: readonly string[]) =>
      run(["queue", verb, "thumbs", "-u", url, "--token", jwt, ...more]);
    expect((await queue("declare", manager)).code).toBe(0);
    expect((await queue("send", page, "{}")).code).toBe(0);
    const refused = await queue("send", worker, "{}");
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/does not allow to send to the queue "thumbs"\. \(forbidden\)/u);
    const denied = await queue("work", page, "-n", "1", "--", "cat");
    expect([denied.code, denied.out]).toEqual([1, ""]);
    expect(denied.err).toMatch(/does not allow to take jobs of the queue "thumbs"/u);
    const done = await queue("work", worker, "-n", "1", "--", "cat");
    expect([done.code, done.out]).toEqual([0, "{}"]);
  });

  test("without a token there is a sentence and the next step", async () => {
    const { code, err } = await run(["pub", "news.a", "1", "-u", url]);
    expect(code).toBe(1);
    expect(err).toMatch(/asks for a token.*\(unauthenticated\)\n.*fanwire token/su);
  });

  test("revoke puts a subject out at once, who hears why", async () => {
    const eve = await token("--sub", "eve", "--allow-sub", "**");
    const sub = fanwire(["sub", "x", "-u", url, "--token", eve], {
      env: { ...process.env, ...env },
    });
    await sub.until("err", /listening to/u);
    const revoked = await run(["revoke", "--subject", "eve", "--key", key, "-u", url]);
    expect(revoked).toMatchObject({
      code: 0,
      err: expect.stringMatching(/1 connection was closed/u),
    });
    expect((await sub.exited).code).toBe(1);
    expect(sub.err).toMatch(/revoked/u);
    const again = await run(["pub", "x", "-u", url, "--token", eve]);
    expect(again.err).toMatch(/\(revoked\)\nIt stays refused\. /u);
    expect(again.err).not.toMatch(/token check/u);
  });

  test("revoke asks for an administrator's token", async () => {
    const ada = await token("--sub", "ada", "--allow-sub", "**");
    const { code, err } = await run(["revoke", "--subject", "bob", "--token", ada, "-u", url]);
    expect(code).toBe(1);
    expect(err).toMatch(/fanwire token --sub NAME --admin/u);
    const admin = await token("--sub", "op", "--admin");
    const done = await run(["revoke", "--token-id", "t9", "-u", url, "--json"], {
      FANWIRE_ADMIN_TOKEN: admin,
    });
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.out)).toEqual({ closed: 0 });
  });

  test.each([
    [["revoke"], 2, /needs one of/u],
    [["revoke", "--subject", "a", "--key-id", "b"], 2, /needs one of/u],
    [["revoke", "--key-id", "b", "--issuer", "x"], 2, /go with --subject/u],
    [["revoke", "--subject", "a", "--issued-up-to", "then"], 2, /is no time like/u],
    [["revoke", "--subject", "a"], 2, /needs --token or --key/u],
    [["revoke", "--subject", "a", "--key", key, "-u", "http://x"], 2, /no address of a hub/u],
    [["revoke", "--subject", "a", "--key", key, "-u", "ws://127.0.0.1:9/"], 3, /no hub at/u],
  ])("%j is told", async (args, exitCode, sentence) => {
    const { code, err } = await run(args);
    expect(code).toBe(exitCode);
    expect(err).toMatch(sentence);
  });

  test("SIGHUP reads the keys again, and a file that cannot be used changes nothing", async () => {
    const file = at("rotating.json");
    writeFileSync(file, readFileSync(at("hub-key.json")));
    const rotating = await serve("--keys", file);
    const next = at("next.json");
    await run(["keys", "new", "--out", next]);
    const fresh = (await run(["token", "-k", next, "--sub", "a", "--allow-pub", "x"])).out.trim();
    const old = await token("--sub", "a", "--allow-pub", "x");
    const pub = (jwt: string) => run(["pub", "x", "1", "-u", rotating.url, "--token", jwt]);
    expect([(await pub(old)).code, (await pub(fresh)).code]).toEqual([0, 1]);
    writeFileSync(file, "{ broken");
    rotating.hub.child.kill("SIGHUP");
    await rotating.hub.until("err", /What was stays/u);
    expect((await pub(old)).code).toBe(0);
    writeFileSync(file, (await run(["keys", "public", next])).out);
    rotating.hub.child.kill("SIGHUP");
    await rotating.hub.until("err", /read the files of keys/u);
    expect([(await pub(old)).code, (await pub(fresh)).code]).toEqual([1, 0]);
    rotating.hub.child.kill("SIGTERM");
    await rotating.hub.exited;
  });

  test("a key file that makes tokens and that others can read is warned of", async () => {
    const file = at("exposed.json");
    writeFileSync(file, readFileSync(key));
    chmodSync(file, 0o644);
    const exposed = fanwire(["serve", "--port", "0", "--keys", file]);
    await exposed.until("err", /can be read by others/u);
    exposed.child.kill("SIGTERM");
    await exposed.exited;
  });
});
