import type { SystemId } from '#lib/protocol/names.ts'

/**
 * How to find and start one system on this machine, as data for the launcher. Lives beside the driver so that all
 * knowledge of a system is in one folder; knows nothing of rooms or screens.
 */
export interface Recipe {
  system: SystemId
  label: string
  /** Environment variables naming the URL of a broker that somebody else runs. */
  urlVariable: string
  defaultPort: number
  /** The URL of a broker on this machine at `port`. */
  urlFor(port: number): string
  /** A real protocol handshake: resolves with the version, throws with the reason in words. Never just an open port. */
  probe(url: string, timeoutMs: number): Promise<{ version: string }>
  /** Finds the installed program; null when it is not on this machine. */
  findProgram(): Promise<Program | null>
  /** Installs what is missing, announced beforehand by `describe`; undefined where this machine has no way. */
  install: InstallStep[]
  /** Everything one child process needs, with data below `folder`. */
  plan(program: Program, place: { folder: string; port: number; extraPorts: number[] }): Promise<LaunchPlan>
  /** How many ports beside the main one (management, controller, distribution). */
  extraPorts: Array<{ name: string; preferred: number }>
  /** The compose service of that name in docker-compose.yml. */
  composeService: string
  /** What a person can do when nothing worked. */
  hints: Array<{ where: string; command: string }>
  /** From start to a handshake, at most; slow machines included. */
  startTimeoutMs: number
}

export interface Program {
  path: string
  /** What else was found: library folders, a Java. */
  extras: Record<string, string>
}

export interface InstallStep {
  /** For a person: "Debian package rabbitmq-server". */
  describe: string
  /** Which tool must exist for the step to be possible: "apt-get", "brew", "mvn". */
  needs: string
  command: string
  args: string[]
  /** Whether it changes the machine (refused by `--no-install`) or only this project's folder. */
  changesMachine: boolean
}

export interface LaunchPlan {
  /** Written before the first start when absent or different. */
  files: Array<{ path: string; content: string }>
  /** Run once, before the first start in a new folder (format storage). */
  prepare: Array<{ command: string; args: string[]; env?: Record<string, string> }>
  command: string
  args: string[]
  env: Record<string, string>
  cwd: string
  /** Further addresses that came with it, by name: `{management: 'http://guest:guest@127.0.0.1:15672'}`. */
  addresses: Record<string, string>
  stopSignal: 'SIGTERM' | 'SIGINT'
  /** From the stop signal to SIGKILL. */
  stopTimeoutMs: number
  /** Helpers it leaves behind that must be ended too (RabbitMQ's epmd), by a command. */
  afterStop: Array<{ command: string; args: string[]; env?: Record<string, string> }>
}
