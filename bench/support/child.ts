import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

/** A helper process of the bench, spoken to by messages. Ends with `stop`, and by itself when the bench ends. */
export interface Helper {
  send(message: object): void
  /** The next message of that type. */
  next<T>(type: string): Promise<T>
  ask<T>(message: object, type: string): Promise<T>
  stop(): void
}

export function startHelper(name: 'calm-caller' | 'echo-server' | 'flood' | 'phones' | 'sinks'): Helper {
  const child: ChildProcess = fork(join(import.meta.dirname, `${name}.ts`), [], {
    execArgv: ['--import', 'tsx'],
  })
  const next = <T>(type: string) =>
    new Promise<T>((resolve, reject) => {
      const onMessage = (message: unknown) => {
        if ((message as { type?: string }).type !== type) return
        child.off('message', onMessage)
        child.off('exit', onExit)
        resolve(message as T)
      }
      const onExit = (code: number | null) => reject(new Error(`${name} ended with ${code}`))
      child.on('message', onMessage)
      child.once('exit', onExit)
    })
  const send = (message: object) => void child.send(message)
  return {
    send,
    next,
    ask: (message, type) => {
      const answer = next(type)
      send(message)
      return answer as Promise<never>
    },
    stop: () => child.disconnect(),
  }
}
