import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { withoutCredentials } from '#lib/util/credentials.ts'
import { addressOf, exchange, type Peer, speaksTls, type TcpExchange } from '#lib/util/tcp-exchange.ts'
import type { BrokerSecurity } from './contract.ts'
import type { Environment, NamedBroker } from './environment.ts'

/** Why a probe found no ready broker: the code distinguishes a port that is free (`refused`) from one that something else holds. */
export class ProbeError extends Error {
  readonly reason: BrokerReason

  constructor(code: BrokerReason['code'], text: string, options: { cause?: unknown } = {}) {
    super(withoutCredentials(text), options)
    this.name = 'ProbeError'
    this.reason = { code, text: this.message }
  }
}

/** How long a peer that was addressed without TLS and cannot be understood has to say whether it speaks TLS. */
const TLS_ANSWERS_WITHIN_MS = 1_000

/**
 * One exchange of bytes with a broker; what goes wrong with it is thrown as a ProbeError. `secureBy` says how a person asks
 * for TLS, for a broker that turns out to speak it.
 */
export async function converse<T>(
  peer: Peer,
  { timeoutMs, secureBy }: { timeoutMs: number; secureBy: string },
  talk: (tcp: TcpExchange) => Promise<T>,
): Promise<T> {
  try {
    return await exchange(peer, timeoutMs, talk, (code, text, cause) => new ProbeError(code, text, { cause }))
  } catch (error) {
    const isOdd =
      error instanceof ProbeError && (error.reason.code === 'lost' || error.reason.code === 'wrong-protocol')
    if (!isOdd || peer.tls || !(await speaksTls(peer, Math.min(timeoutMs, TLS_ANSWERS_WITHIN_MS))))
      throw error
    const text = `${addressOf(peer)} speaks TLS, and was addressed without it: ${secureBy}`
    throw new ProbeError('wrong-protocol', text, { cause: error })
  }
}

/**
 * How to find and start one system on this machine, as data for the launcher. Lives beside the driver so that all
 * knowledge of a system is in one folder; knows nothing of rooms or screens.
 */
export interface Recipe {
  system: SystemId
  label: string
  /** The environment variable that names a broker that somebody else runs. */
  urlVariable: string
  /**
   * The broker that `urlVariable` names, with what its other variables say of it; undefined without one. Throws VariableFault
   * for whichever variable of this system cannot be used.
   */
  fromEnvironment(env: Environment): NamedBroker | undefined
  defaultPort: number
  /** The URL of a broker on this machine at `port`. */
  urlFor(port: number): string
  /**
   * A real protocol handshake: resolves with the version ("unknown" where the broker does not say), throws a ProbeError
   * with the reason in words. Never just an open port. Closes its connection and is done within `timeoutMs`.
   */
  probe(url: string, timeoutMs: number, security?: BrokerSecurity): Promise<{ version: string }>
  /** Finds the installed program; null when it is not on this machine. */
  findProgram(): Promise<Program | null>
  /**
   * Further addresses that come with a broker on this machine, by name: `{management: 'http://guest:guest@127.0.0.1:15672'}`.
   * Where it was found listening, the environment may override them; `extraPorts` are known where we started it.
   */
  addressesOf?(url: string, env: Environment, extraPorts?: readonly number[]): Record<string, string>
  /** Installs what is missing, in order, each announced beforehand by `describe`. */
  install: InstallStep[]
  /** Everything one child process needs, with data below `folder`. */
  plan(program: Program, place: { folder: string; port: number; extraPorts: number[] }): Promise<LaunchPlan>
  /** Ports beside the main one (management, controller, distribution); `preferred` 0 = any free one. */
  extraPorts: Array<{ name: string; preferred: number }>
  /** The compose service of that name in docker-compose.yml. */
  composeService: string
  /** What a person can do when nothing worked. */
  hints: Array<{ where: string; command: string }>
  /** From start to a handshake, at most; slow machines included. */
  startTimeoutMs: number
  /** Folders below the place's folder that hold data; moved aside when the program says that it can't use them. */
  dataFolders: string[]
  /** What a program's last lines say when its data, not its settings, kept it from starting. */
  staleData: RegExp
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
  /** False when what it brings is there already; asked right before the step. Absent = always needed. */
  needed?(): Promise<boolean>
  /** Written before the command runs. */
  files?: Array<{ path: string; content: string }>
  /**
   * A folder the command fills: emptied before, and listed (names and sizes) into `path` once the command succeeded, so
   * that a half-finished download is never taken for a whole one.
   */
  stamp?: { folder: string; path: string }
}

/** `needed` as in InstallStep. */
export const debianPackage = (name: string, needed = async () => true): InstallStep => ({
  describe: `Debian package ${name}`,
  needs: 'apt-get',
  command: 'apt-get',
  args: ['install', '-y', '--no-install-recommends', name],
  changesMachine: true,
  needed,
})

/** `needed` as in InstallStep. */
export const homebrewFormula = (name: string, needed = async () => true): InstallStep => ({
  describe: `Homebrew formula ${name}`,
  needs: 'brew',
  command: 'brew',
  args: ['install', name],
  changesMachine: true,
  needed,
})

export interface LaunchPlan {
  /** Written before the first start when absent or different. */
  files: Array<{ path: string; content: string }>
  /** Run once, before the first start in a new folder (format storage). */
  prepare: Array<{ command: string; args: string[]; env?: Record<string, string> }>
  command: string
  args: string[]
  env: Record<string, string>
  cwd: string
  stopSignal: 'SIGTERM' | 'SIGINT'
  /** From the stop signal to SIGKILL. */
  stopTimeoutMs: number
  /** Helpers it leaves behind that must be ended too (RabbitMQ's epmd), by a command. */
  afterStop: Array<{ command: string; args: string[]; env?: Record<string, string> }>
}
