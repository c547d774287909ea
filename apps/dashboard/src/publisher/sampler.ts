// From what the machine tells to what is published, topic by topic.
import os from "node:os";
import { topic } from "@fanwire/client";
import type * as Published from "../publications.ts";
import type { Machine } from "./machine.ts";
import { busyPercent, type CpuTicks } from "./proc/cpu.ts";
import type { TransferBytes } from "./proc/disk.ts";
import type { TrafficBytes } from "./proc/network.ts";
import { rates, Readings } from "./readings.ts";

/** A publication before it is stamped. */
export interface Sample {
  readonly topic: string;
  readonly data: object;
}
type Unstamped<T> = Omit<T, keyof Published.Stamp>;

export class Sampler {
  readonly #host: string;
  readonly #machine: Machine;
  readonly #cores = new Readings<Map<number, CpuTicks>>();
  readonly #network = new Readings<Map<string, TrafficBytes>>();
  readonly #disks = new Readings<Map<string, TransferBytes>>();

  constructor(host: string, machine: Machine) {
    this.#host = host;
    this.#machine = machine;
  }

  /** What changes many times a second. `at` is a clock that never steps, in ms. */
  quick(at: number): Sample[] {
    const memory: Unstamped<Published.Memory> = this.#machine.memory();
    const load: Unstamped<Published.Load> = this.#machine.load();
    return [
      ...this.#cpu(at),
      { topic: topic`host.${this.#host}.memory`, data: memory },
      { topic: topic`host.${this.#host}.load`, data: load },
      ...this.#traffic(at),
      ...this.#transfers(at),
    ];
  }

  /** What changes slowly, or costs more to find out. */
  async slow(): Promise<Sample[]> {
    const processes = await this.#machine.busiest();
    const about = { topic: topic`host.${this.#host}.about`, data: this.#about(processes) };
    if (!processes || processes.length === 0) return [about];
    const top: Unstamped<Published.Top> = { processes };
    return [about, { topic: topic`host.${this.#host}.top`, data: top }];
  }

  #cpu(at: number): Sample[] {
    const growth = this.#cores.add(at, this.#machine.cores());
    if (!growth) return [];
    const samples: Sample[] = [];
    const each: number[] = [];
    for (const [core, after] of growth.after) {
      const before = growth.before.get(core);
      const busy = before && busyPercent(before, after);
      if (busy === undefined) continue;
      each.push(busy);
      const data: Unstamped<Published.Core> = { busy };
      samples.push({ topic: topic`host.${this.#host}.cpu.${core}`, data });
    }
    if (each.length === 0) return [];
    const mean = each.reduce((sum, busy) => sum + busy, 0) / each.length;
    const data: Unstamped<Published.AllCores> = { busy: mean, busiest: Math.max(...each) };
    return [...samples, { topic: topic`host.${this.#host}.cpu.all`, data }];
  }

  #traffic(at: number): Sample[] {
    const counters = this.#machine.network();
    const growth = counters && this.#network.add(at, counters);
    if (!growth) return [];
    const each: Map<string, Unstamped<Published.Network>> = rates(growth, ["in", "out"]);
    return [...each].map(([name, data]) => ({
      topic: topic`host.${this.#host}.net.${name}`,
      data,
    }));
  }

  #transfers(at: number): Sample[] {
    const counters = this.#machine.disks();
    const growth = counters && this.#disks.add(at, counters);
    if (!growth) return [];
    const each: Map<string, Unstamped<Published.Disk>> = rates(growth, ["read", "write"]);
    return [...each].map(([name, data]) => ({
      topic: topic`host.${this.#host}.disk.${name}`,
      data,
    }));
  }

  #about(processes: readonly Published.Process[] | undefined): Unstamped<Published.About> {
    const unreadable: Published.Source[] = [];
    if (!this.#machine.network()) unreadable.push("network");
    if (!this.#machine.disks()) unreadable.push("disk");
    if (!processes) unreadable.push("processes");
    const cpus = os.cpus();
    return {
      cores: cpus.length,
      model: cpus[0]?.model.trim() ?? "",
      os: this.#machine.os,
      kernel: os.release(),
      memory: this.#machine.memory().total,
      uptimeMs: Math.round(os.uptime() * 1000),
      unreadable,
    };
  }
}
