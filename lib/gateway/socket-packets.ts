import type { Actor } from '#lib/commands/actor.ts'
import type { Commands } from '#lib/commands/commands.ts'
import { COMMANDS_BURST, COMMANDS_PER_SECOND } from '#lib/protocol/limits.ts'
import { createTokenBucket, type TokenBucket } from '#lib/util/token-bucket.ts'
import type { Backlog } from './backlog.ts'
import { RUNNING_RETRY_MS, SEND_BUFFER_CUT_BYTES } from './limits.ts'
import type { Member } from './room-broadcast.ts'

export interface SocketPacketsOptions {
  member: Member
  backlog: Backlog
  commands: Commands
  log: {
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** What one socket sends: each packet is a command, run within the socket's limits and acknowledged with its reply. */
export class SocketPackets {
  private readonly options: SocketPacketsOptions
  private readonly rate = createTokenBucket(COMMANDS_PER_SECOND, COMMANDS_BURST)
  /** Commands that have no reply yet: those that wait for a slow broker are no more than a burst of them. */
  private running = 0
  private isCut = false

  constructor(options: SocketPacketsOptions) {
    this.options = options
  }

  readonly bucket: TokenBucket = {
    take: () => (this.running > COMMANDS_BURST ? RUNNING_RETRY_MS : this.rate.take()),
  }

  /** Any event name, any arguments, an acknowledgement requested or not. */
  async take(actor: Actor, event: unknown, args: readonly unknown[]): Promise<void> {
    const { member, backlog, commands, log } = this.options
    if (this.isCut) return
    if (member.buffer.bytes() > backlog.limit(SEND_BUFFER_CUT_BYTES)) {
      this.isCut = true
      log.warn({ socket: member.socket.id }, 'a socket sends commands without reading; its connection is cut')
      member.socket.conn.close(true)
      return
    }
    const last = args.at(-1)
    const input = typeof args[0] === 'function' ? undefined : args[0]
    this.running += 1
    const reply = await commands.run(actor, event, () => input)
    this.running -= 1
    const send = () => {
      try {
        // Acknowledging a socket that has left does nothing.
        if (typeof last === 'function') last(reply)
      } catch (error) {
        log.error({ err: error, command: event }, 'an acknowledgement failed')
      }
    }
    if (event === 'message:publish') member.replies.add(send)
    else send()
  }
}
